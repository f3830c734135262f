"""A function tried in the sandbox: with a stored event or a payload, and without an effect (SPEC §17.1).

Requests that the function makes are answered by what was recorded for them, or refused; nothing leaves the sandbox. The
values of its environment are taken out of what comes back.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from msgspec import Raw
from msgspec.structs import replace

from cdp.code import calls
from cdp.code.job import Fetched, Job, Limits, Outcome, Platform
from cdp.documents import function_environments, function_versions
from cdp.documents.code_functions import FUNCTIONS, Function
from cdp.documents.function_environments import Mask
from cdp.errors import Rejected, not_found
from cdp.events.function_due import Trigger
from cdp.jsonapi.bodies import ATTRIBUTES
from cdp.jsonapi.documents import Json, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.ports import Runner, Secrets, Table
from functions.code import bodies
from functions.code.bodies import Trial
from functions.code.checking import refused
from functions.code.spec import ONE, TESTS
from functions.code.stored_events import StoredEvents

TYPE = "function-test"
MAX_RECORDED_BYTES = 1_000_000
_NO_EVENT = Raw(b"null")


@dataclass(frozen=True)
class Trials:
    table: Table
    secrets: Secrets
    runner: Runner
    events: StoredEvents
    platform_url: str

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {f"POST {ONE}/test": self.test, f"POST {TESTS}": self.test}

    def test(self, request: Request) -> Response:
        trial = bodies.trial.read(request).attributes
        function = self._function(request, trial)
        version, code = self._code(request.account_id, function, trial)
        trigger = self._trigger(request, trial)
        environment = function_environments.get(self.secrets, request.account_id, function.id, function.environment)
        job = Job(
            account_id=request.account_id,
            function_id=function.id,
            version=version,
            runtime=function.runtime,
            code=code,
            environment=environment,
            calls=(calls.call("test", request.account_id, function.id, version, trigger),),
            limits=Limits(timeout_s=function.timeout_s, memory_mb=function.memory_mb),
            platform=Platform(self.platform_url, ""),  # requests of the account's API are named by it, none is made
            dry=True,
            recorded=trial.recorded,
        )
        shown = _shown(function, None if trial.code is not None else version, self._run(job), Mask(environment.values()))
        resource: Json = {
            "type": TYPE,
            "id": str(uuid.uuid4()),
            "attributes": shown,
            "links": {"self": f"{request.base_url}{request.raw_path}"},
        }
        return Response(document=single(request, resource))

    def _run(self, job: Job) -> Outcome:
        try:
            return self.runner.run(job)[0]
        except Rejected as error:
            raise refused(error) from error

    def _function(self, request: Request, trial: Trial) -> Function:
        named, given = request.path.get("id"), trial.function_id
        at = f"{ATTRIBUTES}/function_id"
        if named is None and given is None:
            raise Rejected("A test names its function.", field=at)
        if named is not None and given not in (None, named):
            raise Rejected(f"The function_id in the body is {given}, in the path {named}.", field=at)
        id_ = named or given or ""
        stored = FUNCTIONS.get(self.table, request.account_id, id_)
        if stored is None:
            raise not_found("function", id_, field=None if named else at)
        return stored.thing

    def _code(self, account_id: str, function: Function, trial: Trial) -> tuple[int, str]:
        """What is tried: code that nobody has kept yet, a version, or the newest one."""
        at = f"{ATTRIBUTES}/version"
        if trial.code is not None:
            if trial.version is not None:
                raise Rejected("Give code or version, not both.", field=at)
            return function.newest + 1, bodies.checked_code(trial.code)
        version = trial.version or function.newest
        code = function_versions.code(self.table, account_id, function.id, version)
        if code is None:
            raise Rejected(f"The function has no version {version}; the newest is {function.newest}.", field=at)
        return version, code

    def _trigger(self, request: Request, trial: Trial) -> Trigger:
        if sum(len(name) + len(bytes(one)) for name, one in trial.recorded.items()) > MAX_RECORDED_BYTES:
            raise Rejected(f"At most {MAX_RECORDED_BYTES} bytes can be recorded.", field=f"{ATTRIBUTES}/recorded")
        payload, id_ = bytes(trial.payload), trial.event_id
        if id_ is None:
            at, trigger = "payload", Trigger("test", Raw(payload or _NO_EVENT))
        elif payload:
            raise Rejected("Give event_id or payload, not both.", field=f"{ATTRIBUTES}/payload")
        else:
            at, trigger = "event_id", Trigger(id_, self.events.document(request, id_, f"{ATTRIBUTES}/event_id"))
        if len(bytes(trigger.event)) > calls.MAX_EVENT_BYTES:
            raise Rejected(f"An event has at most {calls.MAX_EVENT_BYTES} bytes.", field=f"{ATTRIBUTES}/{at}")
        return trigger


def _shown(function: Function, version: int | None, outcome: Outcome, mask: Mask) -> Json:
    failure = outcome.failure
    return {
        "function_id": function.id,
        "version": version,
        "status": outcome.status,
        "result": _result(outcome, mask),
        "failure": None if failure is None else {
            "kind": failure.kind,
            "message": mask.text(failure.message),
            "where": mask.text(failure.where),
        },
        "logs": [msgspec.to_builtins(replace(line, text=mask.text(line.text))) for line in outcome.logs],
        "logs_truncated": outcome.truncated,
        "fetched": [msgspec.to_builtins(_masked(one, mask)) for one in outcome.fetched],
        "again_s": outcome.again_s,
        "duration_ms": outcome.duration_ms,
    }


def _masked(one: Fetched, mask: Mask) -> Fetched:
    return replace(one, url=mask.text(one.url), failure=None if one.failure is None else mask.text(one.failure))


def _result(outcome: Outcome, mask: Mask) -> Raw | str:
    try:
        return mask.json(outcome.result)
    except RecursionError:
        return "(nested too deeply to be shown)"
