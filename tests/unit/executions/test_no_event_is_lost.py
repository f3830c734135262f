"""Whatever the sandbox comes to, every event ends: it ran well, or it is a dead letter."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.code.job import Call, Failure, Outcome
from cdp.documents import function_letters, function_runs, function_waiting
from cdp.errors import Rejected, Unavailable
from functions.executions.back_off import MOST_ATTEMPTS
from tests.unit.executions.conftest import open_desk

ENDS = ("ok", "failed", "again", "timeout", "crashed")


@settings(max_examples=25, deadline=None)
@given(
    events=st.integers(1, 12),
    timeout_s=st.sampled_from([1.0, 15.0]),
    script=st.lists(st.sampled_from([*ENDS, "ok", "ok", "full", "refused"]), max_size=60),
)
def test_no_event_is_lost(events: int, timeout_s: float, script: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        desk = open_desk(Path(folder))
        one = desk.function(timeout_s=timeout_s)
        ahead = list(script)

        def play(call: Call) -> Outcome | Exception:
            what = ahead.pop(0) if ahead else "ok"
            if what == "full":
                return Unavailable("no room")
            if what == "refused":
                return Rejected("no guest")
            failure = None if what == "ok" else Failure("Error", what)
            return Outcome(call.id, what, 100.0, failure=failure)  # type: ignore[arg-type]

        desk.sandbox.play = play
        desk.hand(one, *(f"e{n}" for n in range(events)))
        for _ in range(200):
            if not (messages := desk.inbox()):
                break
            desk.later(4000)
            for message in messages:
                assert 1 <= message.attempt <= MOST_ATTEMPTS
                desk.take(message)
        else:
            raise AssertionError("it never ends")
        runs = desk.runs(one)
        well = {run.event_id for run in runs if run.status == "ok"}
        dead = {letter.id for letter in function_letters.page(desk.table, desk.account, one.id, limit=1000)}
        assert well | dead == {f"e{n}" for n in range(events)}
        assert not well & dead
        last = {run.event_id: run for run in reversed(runs)}
        assert all(run.attempt <= MOST_ATTEMPTS for run in runs)
        assert all(last[id_].status == "failed" or last[id_].attempt == MOST_ATTEMPTS for id_ in dead)
        counted = sum(
            (Counter(day.runs) for day in function_runs.days(desk.table, desk.account, one.id, runs[-1].at.date(), desk.now.date())),
            Counter[str](),
        )
        assert sum(counted.values()) == len(runs)
        assert not function_waiting.anybody(desk.table, desk.account)
        assert len(runs) >= events
