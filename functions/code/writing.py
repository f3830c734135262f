"""Makes, changes and deletes functions (SPEC §17.1)."""

from __future__ import annotations

from dataclasses import dataclass

from msgspec.structs import replace

from cdp.documents import (
    code_functions,
    function_environments,
    function_letters,
    function_runs,
    function_versions,
    metrics,
)
from cdp.documents.code_functions import (
    FORBIDDEN_METRICS,
    FUNCTIONS,
    MOST_FUNCTIONS,
    Environment,
    Function,
    Trigger,
)
from cdp.documents.named import Stored
from cdp.errors import Rejected, Unavailable, conflict, not_found
from cdp.jsonapi.bodies import ATTRIBUTES, checked_name
from cdp.jsonapi.front import Request
from cdp.model.ids import new_short_id
from cdp.ports import Delete, Put, Secrets, Table
from functions.code import bodies, publishing
from functions.code.bodies import FunctionChange, GivenTrigger, NewFunction
from functions.code.checking import Inspector

WHAT = "function"
ATTEMPTS = 8
CONTENDED = Unavailable("functions are being changed by others at the same moment")
Writes = list[Put | Delete]


def stored(table: Table, request: Request) -> Stored[Function]:
    """The function that the path names."""
    id_ = request.path["id"]
    found = FUNCTIONS.get(table, request.account_id, id_)
    if found is None:
        raise not_found(WHAT, id_)
    return found


@dataclass(frozen=True)
class Writer:
    table: Table
    secrets: Secrets
    inspector: Inspector

    def create(self, request: Request) -> Function:
        given, account_id = bodies.new_function.read(request).attributes, request.account_id
        code, pairs = bodies.checked_code(given.code), bodies.changed_pairs({}, given.environment)
        made = _new(request, given, self._trigger(account_id, given.trigger))
        self._claim(account_id, made)
        self.inspector.check(account_id, made, code)
        made, writes = _changed(request, made, FunctionChange(code=code, status=given.status), None)
        made = replace(made, environment=function_environments.put(self.secrets, account_id, made.id, pairs))
        try:
            self._keep(account_id, made, writes)
        except Exception:
            if code_functions.get(self.table, account_id, made.id) is None:
                function_environments.remove(self.secrets, account_id, made.id, made.environment)
            raise
        return made

    def _keep(self, account_id: str, made: Function, writes: Writes) -> None:
        for _ in range(ATTEMPTS):
            if code_functions.write(self.table, account_id, None, made, *writes, self._claim(account_id, made)):
                return
        raise CONTENDED

    def update(self, request: Request) -> Function:
        given, account_id = bodies.function_change.read(request).attributes, request.account_id
        held = stored(self.table, request).thing
        if given.runtime is not None and bodies.runtime_of(given.runtime) != held.runtime:
            raise Rejected("The runtime of a function cannot be changed.", field=f"{ATTRIBUTES}/runtime")
        trigger = None if given.trigger is None else self._trigger(account_id, given.trigger)
        if given.code is not None:
            self.inspector.check(account_id, held, bodies.checked_code(given.code))
        for _ in range(ATTEMPTS):
            before = stored(self.table, request)
            after, writes = _changed(request, before.thing, given, trigger)
            if after.name != before.thing.name:
                writes.append(self._claim(account_id, after))
            try:
                after = replace(after, environment=self._environment(account_id, before.thing, given))
            except Unavailable:
                continue  # somebody else has changed it since it was read
            written = code_functions.write(self.table, account_id, before, after, *writes)
            if after.environment.token != before.thing.environment.token:
                unused = before.thing if written else after
                function_environments.remove(self.secrets, account_id, unused.id, unused.environment)
            if written:
                if after.newest != before.thing.newest:
                    function_versions.prune(self.table, account_id, after.id, (after.newest, after.live, *after.lived))
                return after
        raise CONTENDED

    def delete(self, request: Request) -> None:
        """What belongs to the function goes first, the function itself last: a deletion that was cut short is repeated."""
        account_id = request.account_id
        for _ in range(ATTEMPTS):
            before = stored(self.table, request)
            one = before.thing
            if one.live:
                code_functions.write(self.table, account_id, before, replace(one, live=0))
                continue
            function_environments.remove(self.secrets, account_id, one.id, one.environment)
            function_versions.remove_all(self.table, account_id, one.id)
            function_letters.remove_all(self.table, account_id, one.id)
            function_runs.remove_all(self.table, account_id, one.id)
            if code_functions.remove(self.table, account_id, before):
                return
        raise CONTENDED

    def _claim(self, account_id: str, wanted: Function) -> Put:
        """The part of a transaction that holds while there is room for the function, and its name is free."""
        seen = FUNCTIONS.shelf(self.table, account_id)
        others = [one.thing for id_, one in seen.things.items() if id_ != wanted.id]
        if len(others) >= MOST_FUNCTIONS:
            raise Rejected(f"An account has at most {MOST_FUNCTIONS} functions.", field="/data")
        if any(one.name.casefold() == wanted.name.casefold() for one in others):
            raise conflict(f"The account has a function named {wanted.name!r} already.", field=f"{ATTRIBUTES}/name")
        return FUNCTIONS.marking(account_id, seen)

    def _environment(self, account_id: str, held: Function, given: FunctionChange) -> Environment:
        """As the document is to name it; a new one is written already."""
        if not given.environment:
            return held.environment
        before = function_environments.get(self.secrets, account_id, held.id, held.environment)
        pairs = bodies.changed_pairs(before, given.environment)
        return function_environments.put(self.secrets, account_id, held.id, pairs)

    def _trigger(self, account_id: str, given: GivenTrigger) -> Trigger:
        metric, at = metrics.get(self.table, account_id, given.metric_id), f"{bodies.TRIGGER}/metric_id"
        if metric is None:
            raise Rejected(f"A metric with id {given.metric_id} does not exist.", field=at)
        if metric.name in FORBIDDEN_METRICS:
            raise Rejected(f"{' and '.join(FORBIDDEN_METRICS)} trigger no function.", field=at)
        return bodies.checked_trigger(given)


def _new(request: Request, given: NewFunction, trigger: Trigger) -> Function:
    """Without a version yet."""
    return Function(
        id=new_short_id(),
        name=checked_name(given.name),
        runtime=bodies.runtime_of(given.runtime),
        trigger=trigger,
        created=request.now,
        updated=request.now,
        timeout_s=given.timeout_s,
        memory_mb=given.memory_mb,
    )


def _changed(
    request: Request, held: Function, given: FunctionChange, trigger: Trigger | None
) -> tuple[Function, Writes]:
    """The function as it is to be, but for its environment, and what is written beside it."""
    after = replace(
        held,
        name=held.name if given.name is None else checked_name(given.name),
        trigger=trigger or held.trigger,
        timeout_s=held.timeout_s if given.timeout_s is None else given.timeout_s,
        memory_mb=held.memory_mb if given.memory_mb is None else given.memory_mb,
        updated=max(request.now, held.updated),
    )
    writes: Writes = []
    if given.code is not None and (digest := function_versions.digest(given.code)) != held.newest_sha256:
        after = replace(after, newest=held.newest + 1, newest_sha256=digest)
        writes += function_versions.making(
            request.account_id, held.id, after.newest, given.code, request.now, request.key_id
        )
    publication = None
    if given.status == "live" and after.live != after.newest:
        after, publication = publishing.published(after, after.newest, request.now, request.key_id)
    elif given.status == "draft" and after.live:
        after, publication = publishing.stopped(after, request.now, request.key_id)
    if publication is not None:
        writes.append(function_versions.publishing(request.account_id, held.id, publication))
    return after, writes
