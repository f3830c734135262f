from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pytest

from cdp import connect
from cdp.code.job import Job, Outcome, Problem
from cdp.documents import code_functions, listeners, metrics, profiles
from cdp.documents.code_functions import Function
from cdp.lake.schema import arrow_schema
from cdp.lake.tables import EVENTS, month_of
from cdp.model.ids import event_name, event_no
from cdp.ports import Secrets, Table
from functions.code.handler import http
from functions.code.settings import Settings
from functions.code.spec import SPEC
from tests.unit.calls import Answer, Caller

ACCOUNT, OTHER = "ABC234", "XYZ789"
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
CODE = "def handler(event, context):\n    return None\n"


@dataclass
class PortOfRunner:
    """`cdp.ports.Runner` without a sandbox: for what the API makes of its answers. The sandbox has tests of its own."""

    jobs: list[Job] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    answer: Callable[[Job], Outcome] = lambda job: Outcome(job.calls[0].id, "ok", 1.5)
    error: Exception | None = None

    def run(self, job: Job) -> list[Outcome]:
        self._take(job)
        return [self.answer(job)]

    def check(self, job: Job) -> list[Problem]:
        self._take(job)
        return self.problems

    def _take(self, job: Job) -> None:
        self.jobs.append(job)
        if self.error is not None:
            raise self.error


@dataclass
class Room:
    settings: Settings
    runner: PortOfRunner
    caller: Caller

    @property
    def table(self) -> Table:
        return connect.table(self.settings.table)

    @property
    def secrets(self) -> Secrets:
        return connect.secrets(self.settings.secrets)

    def metric(self, name: str = "Placed Order") -> metrics.Metric:
        return metrics.ensure(self.table, ACCOUNT, [("api", name)], NOW)["api", name]

    def create(self, name: str = "mirror", **attributes: Any) -> Answer:
        given = {"name": name, "runtime": "python", "code": CODE, "trigger": {"metric_id": self.metric().id}}
        return self.caller("POST", "/api/functions", body(**{**given, **attributes}))

    def made(self, name: str = "mirror", **attributes: Any) -> str:
        """Its id."""
        id_: str = self.create(name, **attributes).data["id"]
        return id_

    def change(self, id_: str, **attributes: Any) -> Answer:
        return self.caller("PATCH", f"/api/functions/{id_}", body(id_, **attributes))

    def shown(self, id_: str) -> dict[str, Any]:
        attributes: dict[str, Any] = self.caller.get(f"/api/functions/{id_}").data["attributes"]
        return attributes

    def publish(self, id_: str, version: int | None = None) -> Answer:
        return self._moved(id_, "publish", version)

    def rollback(self, id_: str, version: int | None = None) -> Answer:
        return self._moved(id_, "rollback", version)

    def _moved(self, id_: str, how: str, version: int | None) -> Answer:
        sent = None if version is None else body(version=version)
        return self.caller("POST", f"/api/functions/{id_}/{how}", sent)

    def test(self, id_: str, **attributes: Any) -> Answer:
        sent = {"data": {"type": "function-test", "attributes": attributes}}
        return self.caller("POST", f"/api/functions/{id_}/test", sent)

    def stored(self, id_: str) -> Function:
        found = code_functions.get(self.table, ACCOUNT, id_)
        assert found is not None
        return found

    def listened(self) -> frozenset[str]:
        return listeners.metrics(self.table, ACCOUNT)

    def values(self) -> Iterable[str]:
        """All secrets that there are."""
        path = Path(self.settings.secrets.removeprefix("file://"))
        return json.loads(path.read_text()).values() if path.exists() else ()

    def record(self, count: int, email: str = "ann@shop.example") -> list[str]:
        """Orders of one person, an hour after one another; their ids."""
        metric, person = self.metric(), profiles.fresh(profiles.new_numbers(self.table, ACCOUNT, 1)[0], NOW)
        person.profile.email = email
        assert profiles.save(self.table, ACCOUNT, [person]) == [True]
        rows = [_row(metric.no, person.profile.no, NOW.replace(hour=hour), f"o{hour}") for hour in range(count)]
        lake = connect.lake(self.settings.lake)
        lake.append(ACCOUNT, EVENTS, pa.Table.from_pylist(rows, schema=arrow_schema(EVENTS)))
        return [event_name(row["month"], metric.no, row["event_id"]) for row in rows]


def _row(metric_no: int, no: int, at: datetime, unique_id: str) -> dict[str, Any]:
    return {
        "metric_id": metric_no,
        "profile_no": no,
        "occurred_at": at,
        "event_id": event_no(ACCOUNT, metric_no, no, unique_id),
        "value": 10.0,
        "currency": "EUR",
        **dict.fromkeys(("message", "flow", "variation", "machine")),
        "unique_id": unique_id,
        "properties": json.dumps({"OrderId": unique_id}),
        "received_at": NOW,
        "month": month_of(at),
    }


def body(id_: str | None = None, **attributes: Any) -> dict[str, Any]:
    return {"data": {"type": "function", "attributes": attributes, **({} if id_ is None else {"id": id_})}}


def raw(value: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))


def make_room(folder: Path, table: str | None = None, secrets: str | None = None) -> Room:
    """Locators of the table and the secrets; in the folder unless given."""
    settings = Settings(
        table=table or f"sqlite://{folder}/documents.db",
        lake=f"file://{folder}/lake",
        engine="duckdb:",
        limits="memory:",
        secrets=secrets or f"file://{folder}/secrets.json",
        runner="room:code_runner",
        code_queue=f"sqlite://{folder}/queues.db#code",
        executions_queue=f"sqlite://{folder}/queues.db#executions",
        rate_limit_factor=0,
    )
    runner = PortOfRunner()
    return Room(settings, runner, Caller(http(settings, runner), SPEC, ACCOUNT, key_id="KEY1"))


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return make_room(tmp_path)
