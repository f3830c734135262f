"""A job that goes on from message to message is followed to its end, beside whoever else reads the inboxes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cdp import events
from cdp.adapters.embedded.queue import SqliteQueue
from cdp.events import PredictionDue, RfmDue, Scheduled
from cdp.spec import Access, FunctionSpec, Grant, Inbox, Schedule
from infra.embedded import once


@dataclass(frozen=True)
class Settings:
    pass


FIRST = FunctionSpec(
    "first", "", Settings, schedules=(Schedule("count", rate="1 hour"),), inbox=Inbox(batch_size=1, max_attempts=1),
    grants=(Grant("table"), Grant("queue:first", Access.SEND), Grant("queue:second", Access.SEND)),
)  # fmt: skip
SECOND = FunctionSpec("second", "", Settings, inbox=Inbox(batch_size=1), grants=(Grant("queue:first", Access.SEND),))
OTHER = FunctionSpec("other", "", Settings, inbox=Inbox())


@pytest.fixture
def seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """`first` sends a number to `second`, which sends one less back, until none is left."""
    lines: list[str] = []
    queues = {name: SqliteQueue(str(tmp_path / "queues.db"), name) for name in ("first", "second")}

    def first(event: Mapping[str, Any], _: object) -> dict[str, Any]:
        message = events.decode(event["Records"][0]["body"])
        lines.append(f"first {message}")
        if isinstance(message, Scheduled) or (isinstance(message, RfmDue) and message.after):
            left = 3 if isinstance(message, Scheduled) else message.after
            queues["second"].send([events.encode(PredictionDue("a", left))])
        if isinstance(message, RfmDue) and message.after == 2 and lines[0].count("boom"):
            raise ValueError("boom")
        return {}

    def second(event: Mapping[str, Any], _: object) -> dict[str, Any]:
        message = events.decode(event["Records"][0]["body"])
        assert isinstance(message, PredictionDue)
        lines.append(f"second {message.first}")
        queues["first"].send([events.encode(RfmDue("a", after=message.first - 1))])
        return {}

    monkeypatch.setattr(once, "rooms", lambda: (FIRST, SECOND, OTHER))
    monkeypatch.setattr(once, "load_handler", lambda spec: {"first": first, "second": second}[spec.name])
    return lines


def test_a_job_is_followed_through_the_inboxes_it_reaches(tmp_path: Path, seen: list[str]) -> None:
    other = SqliteQueue(str(tmp_path / "queues.db"), "other")
    other.send(["nobody's business"])
    once.run_job(tmp_path, Scheduled("count"))
    assert [line for line in seen if line.startswith("second")] == ["second 3", "second 2", "second 1"]
    assert other.depth() == 1


def test_what_somebody_else_held_before_is_not_waited_for(tmp_path: Path, seen: list[str]) -> None:
    queue = SqliteQueue(str(tmp_path / "queues.db"), "second")
    queue.send(["held"])
    (held,) = queue.receive(1, visibility_s=3600)
    once.run_job(tmp_path, Scheduled("count"))
    assert len([line for line in seen if line.startswith("second")]) == 3
    assert queue.depth() == 1
    queue.ack([held])


def test_a_job_that_leaves_dead_letters_has_failed(tmp_path: Path, seen: list[str]) -> None:
    seen.append("boom")
    with pytest.raises(once.JobFailed, match="first"):
        once.run_job(tmp_path, Scheduled("count"))
