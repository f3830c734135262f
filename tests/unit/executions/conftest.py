"""An account with functions, and a stand-in for the sandbox behind its port: what a call comes to is scripted."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cdp import events
from cdp.adapters.embedded.queue import SqliteQueue
from cdp.adapters.embedded.secrets import FileSecrets
from cdp.adapters.embedded.table import SqliteTable
from cdp.code.job import Call, Job, Outcome, Problem
from cdp.documents import accounts, code_functions, function_environments, function_runs, function_versions
from cdp.documents.code_functions import Function, Trigger
from cdp.documents.function_runs import Run
from cdp.events import FunctionDue
from cdp.events import function_due as due
from cdp.inbox import Received
from cdp.ports import Secrets, Table
from functions.executions.dispatcher import Dispatcher
from functions.executions.leases import Leases
from functions.executions.programs import Programs
from functions.executions.records import Records
from functions.executions.waiting import Waiting

Play = Callable[[Call], Outcome | Exception]
PERSON = "01HWWWKAW4RHXQJCMW4R2KRYR4"


def ok(call: Call) -> Outcome:
    return Outcome(call.id, "ok", 2.0, msgspec.Raw(b'{"done":true}'))


class Sandbox:
    """`cdp.ports.Runner`. Like the real one it ends a batch with the first call that ends the instance."""

    def __init__(self) -> None:
        self.play: Play = ok
        self.jobs: list[Job] = []

    def run(self, job: Job) -> list[Outcome]:
        self.jobs.append(job)
        outcomes: list[Outcome] = []
        ended = False
        for call in job.calls:
            played = Outcome(call.id, "skipped", 0.0) if ended else self.play(call)
            if isinstance(played, Exception):
                raise played
            ended = ended or played.status in ("timeout", "crashed")
            outcomes.append(played)
        return outcomes

    def check(self, job: Job) -> list[Problem]:
        return []


@dataclass
class Desk:
    """The room at work in one process, and an account. `now` is the room's clock."""

    table: Table
    queue: SqliteQueue
    secrets: Secrets
    sandbox: Sandbox
    account: str
    slots: int = 25
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __post_init__(self) -> None:
        waiting = Waiting(self.table, self.queue, Leases(self.table, self.slots), lambda: self.now)
        programs = Programs(self.table, self.secrets, "http://127.0.0.1:1")
        records = Records(self.table)
        self.dispatcher = Dispatcher(
            self.sandbox, programs, waiting, records, 10.0, lambda: self.now, chance=lambda: 0.5
        )

    def function(self, name: str = "greet", code: str = "…", account: str = "", **attributes: Any) -> Function:
        """A function that is live."""
        account = account or self.account
        one = Function(
            id=attributes.pop("id", name[:6].ljust(6, "0")),
            name=name,
            runtime="python",
            trigger=attributes.pop("trigger", Trigger("METRIC")),
            created=self.now,
            updated=self.now,
            newest=1,
            live=1,
            **attributes,
        )
        version = function_versions.making(account, one.id, 1, code, self.now, "key")
        assert code_functions.write(self.table, account, None, one, *version)
        return one

    def environment(self, one: Function, **pairs: str) -> Function:
        stored = code_functions.FUNCTIONS.get(self.table, self.account, one.id)
        assert stored is not None
        given = function_environments.put(self.secrets, self.account, one.id, pairs)
        changed = msgspec.structs.replace(stored.thing, environment=given)
        assert code_functions.write(self.table, self.account, stored, changed)
        return changed

    def stop(self, one: Function) -> None:
        stored = code_functions.FUNCTIONS.get(self.table, self.account, one.id)
        assert stored is not None
        assert code_functions.write(self.table, self.account, stored, msgspec.structs.replace(stored.thing, live=0))

    def hand(self, one: Function, *names: str, account: str = "", **attributes: Any) -> None:
        """The room takes a message with these events."""
        triggers = tuple(trigger(name) for name in names)
        self.take(FunctionDue(account or self.account, one.id, triggers, **attributes))

    def take(self, message: FunctionDue) -> None:
        self.dispatcher.process([Received(message, 1)])

    def inbox(self) -> list[FunctionDue]:
        """Takes out what the room has sent to itself; also what is still put off."""
        with self.queue._db.transaction() as connection:
            connection.execute("UPDATE message SET visible_at = 0")
        found = self.queue.receive(1000, visibility_s=60)
        self.queue.ack(found)
        messages = [events.decode(one.body) for one in found]
        return [one for one in messages if isinstance(one, FunctionDue)]

    def runs(self, one: Function, account: str = "") -> list[Run]:
        """The newest first."""
        return function_runs.page(self.table, account or self.account, one.id, limit=1000)

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def trigger(name: str, **event: Any) -> due.Trigger:
    document = {
        "data": {
            "type": "event",
            "id": name,
            "attributes": {"event_properties": event},
            "relationships": {
                "profile": {"data": {"type": "profile", "id": PERSON}},
                "metric": {"data": {"type": "metric", "id": "METRIC"}},
            },
        },
        "included": [{"type": "profile", "id": PERSON, "attributes": {"email": "ada@example.com"}}],
    }
    return due.Trigger(name, msgspec.Raw(json.dumps(document).encode()))


def open_desk(folder: Path, table: Table | None = None, secrets: Secrets | None = None, **settings: Any) -> Desk:
    table = table or SqliteTable(f"{folder}/documents.db")
    secrets = secrets or FileSecrets(f"{folder}/secrets.json")
    account, _ = accounts.create(table, name="Shop", timezone="Europe/Paris", currency="EUR")
    queue = SqliteQueue(f"{folder}/queues.db", "executions")
    return Desk(table, queue, secrets, Sandbox(), account.id, **settings)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return open_desk(tmp_path)


def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "this should have come to pass"
        time.sleep(0.01)


def statuses(runs: Sequence[Run]) -> list[str]:
    return [one.status for one in runs]
