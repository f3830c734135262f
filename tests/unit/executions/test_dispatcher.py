"""What becomes of calls: runs, further attempts, dead letters."""

from __future__ import annotations

import json
from datetime import datetime

import msgspec
import pytest

from cdp.code import calls
from cdp.code.job import Call, Failure, Fetched, LogLine, Outcome
from cdp.documents import accounts, function_letters, function_runs
from cdp.errors import Rejected, Unavailable
from cdp.events import FunctionDue
from functions.executions.back_off import LONGEST_ASKED_S, LONGEST_S, MOST_ATTEMPTS, wait_s
from functions.executions.jobs import JOB_BYTES, chunk, most_calls
from functions.executions.spec import SPEC
from tests.unit.executions.conftest import PERSON, Desk, statuses, trigger


def test_a_run_is_recorded_with_all_that_it_said(desk: Desk) -> None:
    def play(call: Call) -> Outcome:
        fetched = (Fetched("GET", "https://example.com/a", 200, 12.0),)
        logs = (LogLine(1, "info", "hello"),)
        return Outcome(call.id, "ok", 3.5, msgspec.Raw(b'{"a": [1]}'), logs=logs, truncated=True, fetched=fetched)

    desk.sandbox.play = play
    one = desk.function()
    desk.hand(one, "e1")
    (run,) = desk.runs(one)
    assert (run.status, run.event_id, run.version, run.attempt, run.duration_ms) == ("ok", "e1", 1, 1, 3.5)
    assert (bytes(run.result), run.result_cut, run.profile_id) == (b'{"a":[1]}', False, PERSON)
    assert run.logs == (LogLine(1, "info", "hello"),)
    assert run.truncated
    assert run.fetched[0].url == "https://example.com/a"
    assert run.key == calls.key(one.id, "e1")
    (day,) = function_runs.days(desk.table, desk.account, one.id, desk.now.date(), desk.now.date())
    assert (day.runs, day.duration_ms, day.longest_ms, day.unrecorded) == ({"ok": 1}, 3.5, 3.5, 0)
    assert not desk.inbox()


def test_the_sandbox_is_told_everything_it_needs(desk: Desk) -> None:
    one = desk.environment(desk.function(code="def handler", timeout_s=2.0, memory_mb=200), TOKEN="s3cret!")
    desk.take(FunctionDue(desk.account, one.id, (trigger("e1"), trigger("e2")), attempt=3))
    (job,) = desk.sandbox.jobs
    assert (job.account_id, job.function_id, job.version, job.runtime) == (desk.account, one.id, 1, "python")
    assert (job.code, job.environment, job.dry) == ("def handler", {"TOKEN": "s3cret!"}, False)
    assert (job.limits.timeout_s, job.limits.memory_mb) == (2.0, 200)
    assert job.platform is not None
    grant = accounts.authenticate(desk.table, job.platform.key)
    assert grant is not None
    assert grant.account_id == desk.account
    assert "events:write" in grant.scopes.split()
    assert not {"*", "functions:write", "webhooks:write", "accounts:write"} & set(grant.scopes.split())
    context = json.loads(bytes(job.calls[1].context))
    assert context["company_id"] == desk.account
    assert context["function_id"] == one.id
    assert context["trigger"] == {"type": "metric", "uid": "METRIC"}
    assert context["profile"]["attributes"]["email"] == "ada@example.com"
    assert context["run"] == {"id": calls.key(one.id, "e2"), "attempt": 3, "hops": 0}


def test_all_functions_of_an_account_have_one_key_also_in_another_process(desk: Desk) -> None:
    one, other = desk.function("one"), desk.function("other")
    desk.hand(one, "e1")
    again = Desk(desk.table, desk.queue, desk.secrets, desk.sandbox, desk.account)
    again.hand(other, "e2")
    first, second = desk.sandbox.jobs
    assert first.platform == second.platform


def test_an_exception_is_a_dead_letter_at_once_and_can_be_replayed(desk: Desk) -> None:
    desk.sandbox.play = lambda call: Outcome(call.id, "failed", 1.0, failure=Failure("ValueError", "no", "line 3"))
    one = desk.function()
    desk.hand(one, "e1", "e2")
    assert statuses(desk.runs(one)) == ["failed", "failed"]
    assert not desk.inbox()
    letters = function_letters.page(desk.table, desk.account, one.id)
    assert {letter.id for letter in letters} == {"e1", "e2"}
    assert letters[0].failure == Failure("ValueError", "no", "line 3")
    done = function_letters.replay(desk.table, desk.queue, desk.account, one.id, ["e2", "nobody"])
    assert done == (1, False)
    (message,) = desk.inbox()
    assert (message.attempt, message.triggers) == (1, (trigger("e2"),))
    assert [letter.id for letter in function_letters.page(desk.table, desk.account, one.id)] == ["e1"]


@pytest.mark.parametrize("status", ["timeout", "crashed", "again"])
def test_what_may_pass_is_tried_six_times_and_then_a_dead_letter(desk: Desk, status: str) -> None:
    desk.sandbox.play = lambda call: Outcome(call.id, status, 10.0)  # type: ignore[arg-type]
    one = desk.function()
    desk.hand(one, "e1")
    waits = []
    for attempt in range(2, MOST_ATTEMPTS + 1):
        (message,) = desk.inbox()
        assert message.attempt == attempt
        assert message.not_before is not None
        wait_s = (datetime.fromisoformat(message.not_before) - desk.now).total_seconds()
        waits.append(wait_s)
        desk.later(wait_s - 1)
        desk.take(message)
        assert len(desk.sandbox.jobs) == attempt - 1, "its time has not come"
        (message,) = desk.inbox()
        desk.later(1)
        desk.take(message)
        assert len(desk.sandbox.jobs) == attempt
    assert not desk.inbox()
    assert statuses(desk.runs(one)) == [status] * MOST_ATTEMPTS
    assert [one.again_at is None for one in desk.runs(one)] == [True, False, False, False, False, False]
    assert waits == pytest.approx([10, 40, 160, 640, 2560], abs=1.5)
    (letter,) = function_letters.page(desk.table, desk.account, one.id)
    assert (letter.attempt, letter.status) == (MOST_ATTEMPTS, status)
    (day,) = function_runs.days(desk.table, desk.account, one.id, desk.runs(one)[-1].at.date(), desk.now.date())[:1]
    assert day.runs[status] >= 1


def test_a_function_may_say_when_it_wants_to_be_tried_again(desk: Desk) -> None:
    desk.sandbox.play = lambda call: Outcome(call.id, "again", 0.0, again_s=3000.0)
    one = desk.function()
    desk.hand(one, "e1", "e2")
    (message,) = desk.inbox()
    assert len(message.triggers) == 2, "those of the same moment travel together"
    desk.later(2990)
    desk.take(message)
    assert len(desk.sandbox.jobs) == 1
    (message,) = desk.inbox()
    desk.later(12)
    desk.take(message)
    assert len(desk.sandbox.jobs) == 2


def test_what_the_sandbox_skipped_is_run_without_counting_an_attempt(desk: Desk) -> None:
    desk.sandbox.play = lambda call: Outcome(call.id, "timeout", 5.0) if b'"e2"' in bytes(call.event) else Outcome(call.id, "ok", 1.0)
    one = desk.function()
    desk.hand(one, "e1", "e2", "e3", "e4")
    assert [[bytes(call.event).count(b'"e2"') for call in job.calls] for job in desk.sandbox.jobs] == [[0, 1, 0, 0], [0, 0]]
    assert {run.event_id: run.status for run in desk.runs(one)} == {"e1": "ok", "e2": "timeout", "e3": "ok", "e4": "ok"}
    assert all(run.attempt == 1 for run in desk.runs(one))
    (message,) = desk.inbox()
    assert [one.event_id for one in message.triggers] == ["e2"]


def test_a_message_that_takes_long_goes_behind_the_others_with_what_is_left(desk: Desk) -> None:
    def play(call: Call) -> Outcome:
        desk.later(5)
        return Outcome(call.id, "timeout", 5000.0)

    desk.sandbox.play = play
    one = desk.function()
    desk.hand(one, *(f"e{n}" for n in range(30)))
    assert 4 <= len(desk.sandbox.jobs) <= 6
    left = [message for message in desk.inbox() if message.attempt == 1]
    assert [len(message.triggers) for message in left] == [30 - len(desk.sandbox.jobs)]


def test_a_sandbox_without_room_leaves_what_is_left_waiting(desk: Desk) -> None:
    one = desk.function(timeout_s=15.0)
    played = []

    def play(call: Call) -> Outcome | Exception:
        played.append(call)
        return Unavailable("full") if len(played) > 3 else Outcome(call.id, "ok", 15_000.0)

    desk.sandbox.play = play
    desk.hand(one, "e1", "e2", "e3", "e4", "e5")
    assert {run.event_id for run in desk.runs(one)} == {"e1", "e2", "e3"}
    (message,) = desk.inbox()
    assert ([one.event_id for one in message.triggers], message.attempt) == (["e4", "e5"], 1)


def test_a_sandbox_that_refuses_leaves_runs_that_say_why_and_in_the_end_dead_letters(desk: Desk) -> None:
    desk.sandbox.play = lambda call: Rejected("the guest is not the one that was built")
    one = desk.function()
    desk.hand(one, "e1", "e2")
    for attempt in range(2, MOST_ATTEMPTS + 1):
        assert not function_letters.page(desk.table, desk.account, one.id), "it may be mended in time"
        (message,) = desk.inbox()
        assert (len(message.triggers), message.attempt) == (2, attempt)
        desk.later(5000)
        desk.take(message)
    assert statuses(desk.runs(one)) == ["refused"] * 2 * MOST_ATTEMPTS
    assert desk.runs(one)[0].failure == Failure("Refused", "the guest is not the one that was built")
    assert len(function_letters.page(desk.table, desk.account, one.id)) == 2
    assert not desk.inbox()


def test_what_alarms_look_for_is_in_the_log(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.sandbox.play = lambda call: Rejected("no guest")
    desk.hand(desk.function(), "e1", attempt=MOST_ATTEMPTS)
    for alarm in SPEC.alarms:
        assert alarm.words in caplog.text


def test_events_of_a_function_that_was_stopped_are_kept(desk: Desk) -> None:
    one = desk.function()
    desk.stop(one)
    desk.hand(one, "e1")
    assert not desk.sandbox.jobs
    assert statuses(desk.runs(one)) == ["refused"]
    assert [letter.id for letter in function_letters.page(desk.table, desk.account, one.id)] == ["e1"]


def test_a_function_that_is_gone_is_not_missed(desk: Desk) -> None:
    desk.take(FunctionDue(desk.account, "nobody", (trigger("e1"),)))
    assert not desk.sandbox.jobs
    assert not desk.inbox()


def test_waits_grow_and_end() -> None:
    waits = [wait_s(attempt, 10.0, 0.5) for attempt in range(1, 9)]
    assert waits == [10, 40, 160, 640, 2560, LONGEST_S, LONGEST_S, LONGEST_S]
    assert wait_s(1, 10.0, 0.0) == 8
    assert 11.9 < wait_s(1, 10.0, 0.999) < 12
    assert wait_s(1, 10.0, 0.3, asked_s=7.0) == 7
    assert wait_s(1, 10.0, 0.3, asked_s=1e9) == LONGEST_ASKED_S
    assert wait_s(1, 10.0, 0.3, asked_s=-1.0) == 0


def test_jobs_are_as_large_as_time_and_size_allow() -> None:
    assert most_calls(5.0, None) == 10
    assert most_calls(15.0, None) == 3
    assert most_calls(15.0, 0.002) == 100
    assert most_calls(15.0, 1.0) == 12
    assert most_calls(5.0, 60.0) == 10
    some = [trigger(f"e{n}", text="x" * 400_000) for n in range(10)]
    assert chunk(some, 100, JOB_BYTES) == 6 - 1 + (JOB_BYTES // (2 * 400_000 + 17_000) > 5)
    assert chunk(some, 2, JOB_BYTES) == 2
    assert chunk(some, 100, 1) == 1
    assert chunk([trigger("e")] * 30, 100, JOB_BYTES) == 30
