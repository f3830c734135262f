"""What is kept of runs, how much of it, and how it is read, replayed and removed."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

import msgspec
import pytest

from cdp.adapters.embedded.table import SqliteTable
from cdp.code.job import Call, Failure, Fetched, LogLine, Outcome
from cdp.documents import function_letters, function_runs
from cdp.errors import Rejected
from cdp.events import FunctionDue, function_due
from cdp.ports import Key
from functions.executions.records import MOST_OK, MOST_OTHER
from tests.unit.executions.conftest import PERSON, Desk, open_desk, statuses, trigger


def test_values_of_the_environment_and_the_key_are_in_no_record(desk: Desk) -> None:
    secret = 'p"ä/ss\\word'

    def play(call: Call) -> Outcome:
        key = desk.sandbox.jobs[-1].platform.key  # type: ignore[union-attr]
        escaped = json.dumps({"told": secret, "key": key}).replace("/", "\\/")
        return Outcome(
            call.id,
            "failed",
            1.0,
            msgspec.Raw(escaped.encode()),
            Failure("Error", f"with {secret}", key),
            (LogLine(0, "info", secret),),
            fetched=(Fetched("GET", f"https://example.com/?k={key}", 0, 1.0, secret),),
        )

    desk.sandbox.play = play
    one = desk.environment(desk.function(), PASSWORD=secret)
    desk.hand(one, "e1")
    (run,) = desk.runs(one)
    kept = msgspec.json.encode(run).decode()
    key = desk.sandbox.jobs[0].platform.key  # type: ignore[union-attr]
    assert key not in kept
    assert secret not in kept
    assert json.dumps(secret)[1:-1] not in kept
    assert json.loads(bytes(run.result)) == {"told": "***", "key": "***"}


@pytest.mark.parametrize(
    "result", [b'"' + b"x" * 9000 + b'"', b"[" * 3000 + b"]" * 3000, b"[" * 200 + b"]" * 200], ids=["long", "deep", "deepish"]
)
def test_a_result_that_cannot_be_kept_is_cut(desk: Desk, result: bytes) -> None:
    desk.sandbox.play = lambda call: Outcome(call.id, "ok", 1.0, msgspec.Raw(result))
    one = desk.function()
    desk.hand(one, "e1")
    (run,) = desk.runs(one)
    assert (bytes(run.result), run.result_cut, run.status) == (b"null", True, "ok")


def test_logs_at_their_limit_fit_into_a_record(desk: Desk) -> None:
    noise = tuple(LogLine(n, "info", secrets.token_hex(2048)) for n in range(16))
    desk.sandbox.play = lambda call: Outcome(call.id, "ok", 1.0, logs=noise)
    one = desk.function()
    desk.hand(one, "e1")
    (run,) = desk.runs(one)
    assert run.logs == noise
    item = desk.table.get([Key(f"{desk.account}#function-runs#{one.id}", run.id)])[0]
    assert item is not None
    assert len(item.body) < 300_000


def test_runs_without_end_leave_so_many_records_a_minute_and_are_all_counted(desk: Desk) -> None:
    one = desk.function()
    for n in range(3):
        desk.hand(one, *(f"e{n}-{i}" for i in range(100)))
    desk.sandbox.play = lambda call: Outcome(call.id, "failed", 1.0)
    desk.hand(one, "bad1", "bad2")
    found = statuses(desk.runs(one))
    assert (found.count("ok"), found.count("failed")) == (MOST_OK, 2)
    (day,) = function_runs.days(desk.table, desk.account, one.id, desk.now.date(), desk.now.date())
    assert day.runs == {"ok": 300, "failed": 2}
    assert day.unrecorded == 300 - MOST_OK
    desk.later(60)
    desk.sandbox.play = lambda call: Outcome(call.id, "ok", 1.0)
    desk.hand(one, "next minute")
    assert len(desk.runs(one)) == MOST_OK + 3
    assert MOST_OTHER > MOST_OK


def test_dead_letters_have_an_end_and_what_the_platform_refuses_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(function_letters, "MOST_A_DAY", 3)
    desk = open_desk(tmp_path)
    desk.sandbox.play = lambda call: Outcome(call.id, "failed", 1.0)
    one = desk.function()
    desk.hand(one, "e1", "e2")
    desk.hand(one, "e3", "e4", "e5")
    assert len(function_letters.page(desk.table, desk.account, one.id)) == 3
    (day,) = function_runs.days(desk.table, desk.account, one.id, desk.now.date(), desk.now.date())
    assert (day.letters_lost, day.runs) == (2, {"failed": 5})
    desk.sandbox.play = lambda call: Rejected("no")
    desk.hand(one, "e6", "e7", attempt=6)
    assert len(function_letters.page(desk.table, desk.account, one.id)) == 5


def stored(desk: Desk, kind: str) -> int:
    """Items whose partition has this in its name."""
    assert isinstance(desk.table, SqliteTable)
    rows = desk.table._db.connection.execute("SELECT count(*) FROM item WHERE instr(pk, ?) > 0", (kind,))
    return int(rows.fetchone()[0])


def test_nothing_is_left_of_an_erased_person(desk: Desk) -> None:
    desk.sandbox.play = lambda call: Outcome(call.id, "failed", 1.0)
    one, other = desk.function("one"), desk.function("other")
    somebody = function_due.Trigger("e9", msgspec.Raw(bytes(trigger("e9").event).replace(PERSON.encode(), b"SOMEBODY")))
    for function in (one, other):
        desk.take(FunctionDue(desk.account, function.id, (trigger("e1"), trigger("e2"), somebody)))
    function_letters.forget(desk.table, desk.account, PERSON)
    function_runs.forget(desk.table, desk.account, PERSON)
    for function in (one, other):
        assert [run.event_id for run in desk.runs(function)] == ["e9"]
        assert [letter.id for letter in function_letters.page(desk.table, desk.account, function.id)] == ["e9"]
    assert stored(desk, "#function-letter#") == 2, "the events beside the letters are gone, too"


def test_a_function_that_is_deleted_leaves_nothing(desk: Desk) -> None:
    desk.sandbox.play = lambda call: Outcome(call.id, "failed", 1.0)
    one = desk.function()
    desk.hand(one, *(f"e{n}" for n in range(30)))
    function_letters.remove_all(desk.table, desk.account, one.id)
    function_runs.remove_all(desk.table, desk.account, one.id)
    assert [stored(desk, kind) for kind in ("#function-letter", "#function-runs", "#function-days")] == [0, 0, 0]


def test_runs_and_letters_are_paged_from_the_newest(desk: Desk) -> None:
    one = desk.function()
    desk.sandbox.play = lambda call: Outcome(call.id, "failed" if b"bad" in bytes(call.event) else "ok", 1.0)
    for n in range(7):
        desk.later(1)
        desk.hand(one, f"e{n}", f"bad{n}")
    first = function_runs.page(desk.table, desk.account, one.id, limit=5)
    rest = function_runs.page(desk.table, desk.account, one.id, limit=50, after=first[-1].id)
    assert [run.id for run in first + rest] == sorted((run.id for run in desk.runs(one)), reverse=True)
    bad = function_runs.page(desk.table, desk.account, one.id, status="failed", limit=3)
    more = function_runs.page(desk.table, desk.account, one.id, status="failed", after=bad[-1].id)
    assert [run.event_id for run in bad + more] == [f"bad{n}" for n in reversed(range(7))]
    upwards = function_letters.page(desk.table, desk.account, one.id, limit=3, descending=False)
    rest_up = function_letters.page(desk.table, desk.account, one.id, after=upwards[-1].place, descending=False)
    assert [letter.id for letter in upwards + rest_up] == [f"bad{n}" for n in range(7)]


def test_replaying_all_takes_a_thousand_at_a_time(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(function_letters, "MOST_AT_ONCE", 150)
    desk.sandbox.play = lambda call: Outcome(call.id, "failed", 1.0)
    one = desk.function()
    for n in range(4):
        desk.hand(one, *(f"e{n}-{i}" for i in range(50)))
    desk.inbox()
    again = [function_letters.replay(desk.table, desk.queue, desk.account, one.id) for _ in range(3)]
    assert again == [(150, True), (50, False), (0, False)]
    messages = desk.inbox()
    assert [len(one.triggers) for one in messages] == [100, 50, 50]
    assert len({given.event_id for one in messages for given in one.triggers}) == 200


def test_a_letter_that_is_written_anew_while_it_is_replayed_stays(desk: Desk) -> None:
    desk.sandbox.play = lambda call: Outcome(call.id, "failed", 1.0)
    one = desk.function()
    desk.hand(one, "e1")

    class Meanwhile(type(desk.queue)):  # type: ignore[misc]
        def send(self, bodies: list[str], *, delay_s: int = 0) -> None:
            super().send(bodies, delay_s=delay_s)
            desk.hand(one, "e1")

    queue = Meanwhile(desk.queue._db.path, "executions")
    function_letters.replay(desk.table, queue, desk.account, one.id)
    (letter,) = function_letters.page(desk.table, desk.account, one.id)
    assert function_letters.event(desk.table, desk.account, one.id, letter) == trigger("e1").event
