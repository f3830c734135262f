"""What an engine that has gone over to the enemy can do to the runner: cost its own job, and nothing else."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from cdp.code.job import Failure, Limits, Outcome
from functions.code_runner.record import MOST_LEVELS
from functions.code_runner.session import Session
from tests.unit.code_runner.jobs import engine, job, ways

FAR = float("inf")


def outcomes(script: str, *events: object, **others: Any) -> list[Outcome]:
    with engine(script) as child:
        return Session(child, job("", *events, **others), ways()).run(FAR)


def test_an_honest_engine_answers_each_call() -> None:
    found = outcomes("done(b'{\"status\": \"ok\", \"result\": ' + body[:head['event_bytes']] + b'}')", 1, {"a": [2]}, None)
    assert [(outcome.id, outcome.status, bytes(outcome.result)) for outcome in found] == [
        ("call-0", "ok", b"1"), ("call-1", "ok", b'{"a":[2]}'), ("call-2", "ok", b"null"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "script",
    [
        "os._exit(7)",
        "os.kill(os.getpid(), 11)",
        "os.close(fd); time.sleep(9)",
        "raw(b'HTTP/1.1 200 OK' * 10)",
        "raw(bytes([99]) + bytes(8))",  # a kind that is none
        "raw(bytes([5]) + b'\\xff' * 8)",  # sizes beyond everything
        "raw(bytes([5, 0, 0, 0, 2, 0, 0, 0, 0]) + b'[]')",  # a head that is no object
        "raw(bytes([5, 0, 0, 0, 2, 0, 0, 0, 0]) + b'{x')",
        "send('call', {}, b'{}')",  # the runner's own words
        "send('answer', {}, b'{}')",
        "send('start', {}, b'{}')",
        "send('done', {}, b'{}')",
        "done(ended='released')",
        "done(message=7)",
        "send('done', {'ended': ['returned'], 'message': ''})",
    ],
)
def test_what_is_no_frame_in_its_place_costs_the_call_and_the_engine(script: str) -> None:
    with engine(script) as child:
        first, second = Session(child, job("", 1, 2), ways()).run(FAR)
        assert (first.status, second.status, child.alive) == ("crashed", "skipped", False)
        assert first.failure is not None
        assert first.failure.message.startswith("The sandbox ended the function")


def test_an_engine_that_is_silent_is_ended_half_a_second_late() -> None:
    with engine("time.sleep(60)") as child:
        began = time.monotonic()
        first, second = Session(child, job("", 1, 2, limits=Limits(timeout_s=0.2)), ways()).run(FAR)
        assert (first.status, second.status, child.alive) == ("timeout", "skipped", False)
        assert time.monotonic() - began >= 0.7


def test_an_engine_that_talks_without_end_is_ended_too() -> None:
    """There is always something to read from it: that is no reason to go on reading."""
    script = "frames = pack('log', {'level': 'info'}) * 5000\nwhile True:\n    raw(frames)"
    with engine(script) as child:
        alarm = threading.Timer(8, child.end)
        alarm.start()
        first, second = Session(child, job("", 1, 2, limits=Limits(timeout_s=0.2)), ways()).run(FAR)
        alarm.cancel()
        assert (first.status, second.status, child.alive) == ("timeout", "skipped", False)


def test_an_engine_that_reads_nothing_is_ended_too() -> None:
    large = {"a": "x" * 4_000_000}  # more than the socket holds
    with engine("time.sleep(60)") as child:
        first, second = Session(child, job("", 1, large, limits=Limits(timeout_s=0.2)), ways()).run(FAR)
        assert (first.status, second.status) == ("timeout", "skipped")


@pytest.mark.parametrize(
    "said",
    [
        "", "null", "[]", "7", '"ok"', '{"status": "done"}', '{"result": 1}', '{"status": "ok", "result": NaN}',
        '{"status": "ok", "result": Infinity}', '{"status": "ok", "result": {"a": 1}', '{"status": "ok", "result": ' + "[" * 5000 + "]" * 5000 + "}",
        '{"status": "failed", "failure": {"kind": 1, "message": 2}}', '{"status": "ok", "result": "\\ud800"}',
        '{"status": ["ok"]}', '{"status": "skipped"}', '{"status": "timeout"}',
    ],
)  # fmt: skip
def test_an_answer_that_cannot_be_read_is_a_failure(said: str) -> None:
    (found,) = outcomes(f"done({said.encode()!r})", 1)
    assert found.status == "failed"
    assert found.failure is not None
    assert found.failure.kind == "BadResult"


@pytest.mark.parametrize(("begin", "end"), [("[", "]"), ('{"a": ', "}")])
def test_a_result_has_a_depth(begin: str, end: str) -> None:
    """A result that just could be read here was too deep where the outcomes of the whole job are put together."""
    for levels, status in ((MOST_LEVELS, "ok"), (MOST_LEVELS + 1, "failed"), (600, "failed")):
        said = f'{{"status": "ok", "result": {begin * levels}1{end * levels}}}'
        (found,) = outcomes(f"done({said.encode()!r})", 1)
        assert found.status == status
        assert found.failure is None or found.failure.kind == "BadResult"


def test_a_failure_is_told_within_bounds() -> None:
    said = b'{"status": "failed", "failure": {"kind": "k%s", "message": "m%s", "where": "w%s"}}' % ((b"x" * 20_000,) * 3)
    (found,) = outcomes(f"done({said!r})", 1)
    assert found.failure is not None
    assert (len(found.failure.kind), len(found.failure.message), len(found.failure.where)) == (100, 4000, 8000)


@pytest.mark.parametrize(
    ("said", "status", "again_s"),
    [
        ("5", "again", 5.0), ("0.5", "again", 0.5), ("-1", "again", 0.0), ("1e300", "again", 86400.0), ("null", "again", None),
        ("1e999", "failed", None), ("NaN", "failed", None),
    ],
)  # fmt: skip
def test_when_a_function_wants_to_be_tried_again(said: str, status: str, again_s: float | None) -> None:
    answer = f'{{"status": "again", "failure": {{"kind": "Retry", "message": "later"}}, "again_s": {said}}}'
    (found,) = outcomes(f"done({answer.encode()!r})", 1)
    assert (found.status, found.again_s) == (status, again_s)


@pytest.mark.parametrize(
    ("result", "status"),
    [
        ('{"statusCode": 200}', "ok"), ('{"statusCode": 500, "body": "no"}', "failed"), ('{"status": 404}', "failed"),
        ('{"status": 299}', "ok"), ('{"status": 301}', "failed"), ('{"status": "active"}', "ok"), ('{"status": true}', "ok"),
        ('{"status": 7}', "ok"), ('{"statusCode": 204, "status": 500}', "ok"), ("[500]", "ok"), ("500", "ok"),
    ],
)  # fmt: skip
def test_a_status_that_is_not_2xx_is_a_failure(result: str, status: str) -> None:
    answer = f'{{"status": "ok", "result": {result}}}'
    (found,) = outcomes(f"done({answer.encode()!r})", 1)
    assert (found.status, bytes(found.result)) == (status, result.encode())


def test_a_result_has_an_end_and_the_next_call_goes_on() -> None:
    script = "done(b'{\"status\": \"ok\", \"result\": \"' + b'x' * int(body[:head['event_bytes']]) + b'\"}')"
    found = outcomes(script, 998, 999, 10, limits=Limits(timeout_s=2, result_bytes=1000))
    assert [outcome.status for outcome in found] == ["ok", "failed", "ok"]
    assert found[1].failure is not None
    assert found[1].failure.kind == "ResultTooLarge"
    assert bytes(found[1].result) == b"null"


def test_logs_have_an_end() -> None:
    script = """
for number in range(5000):
    send("log", {"level": "warning"}, b"x" * 100)
send("log", {"level": {}}, b"\\xff\\xfe")
done(b'{"status": "ok"}')
"""
    (found,) = outcomes(script, 1, limits=Limits(timeout_s=5, log_bytes=1000))
    assert (len(found.logs), found.truncated, found.logs[0].level) == (10, True, "warning")
    (found,) = outcomes(script.replace('b"x" * 100', 'b""'), 1, limits=Limits(timeout_s=5))
    assert (len(found.logs), found.truncated) == (2000, True)


def test_long_lines_are_cut_and_short_ones_kept() -> None:
    script = """
send("log", {"level": "info"}, b"a" * 50 + b"\\n" + b"b" * 5 + "\\u00e9".encode() * 10)
send("log", {"level": "no such"}, b"\\xff\\xfeplain")
done(b'{"status": "ok"}')
"""
    (found,) = outcomes(script, 1, limits=Limits(timeout_s=2, line_bytes=10))
    assert [line.text for line in found.logs] == ["a" * 10 + "\n" + "b" * 5 + "é" * 2, "plain"]
    assert (found.truncated, found.logs[1].level) == (True, "info")


def test_requests_have_an_end_that_the_runner_counts() -> None:
    script = """
answers = []
for _ in range(60):
    send("fetch", {}, b'{"method": "GET", "url": "https://127.0.0.1/"}')
    answers.append(receive().body)
done(b'{"status": "ok", "result": %d}' % sum(b"limit" in answer for answer in answers))
"""
    (found,) = outcomes(script, 1)
    assert (bytes(found.result), len(found.fetched)) == (b"10", 50)
    assert {fetched.status for fetched in found.fetched} == {0}


def test_code_that_raises_when_it_is_loaded_fails_every_call() -> None:
    fault = b'{"kind": "KeyError", "message": "TOKEN", "where": "line 3"}'
    with engine("os._exit(1)", begin=f"done({fault!r})") as child:
        found = Session(child, job("", 1, 2, 3), ways()).run(FAR)
    assert [outcome.status for outcome in found] == ["failed"] * 3
    assert {outcome.failure for outcome in found} == {Failure("KeyError", "TOKEN", "line 3")}


@pytest.mark.parametrize("said", ["{}", "7", "[]", "nonsense", '{"kind": 1}'])
def test_loading_that_gives_no_answer_fails_every_call(said: str) -> None:
    with engine("os._exit(1)", begin=f"done({said.encode()!r})") as child:
        found = Session(child, job("", 1, 2), ways()).run(FAR)
    assert [(outcome.status, outcome.failure and outcome.failure.kind) for outcome in found] == [("failed", "BadResult")] * 2


@pytest.mark.parametrize(("ended", "status"), [("timeout", "timeout"), ("memory", "crashed"), ("crashed", "crashed")])
def test_loading_that_is_ended_costs_the_first_call_only(ended: str, status: str) -> None:
    with engine("os._exit(1)", begin=f"done(ended={ended!r}, message='So it was.')") as child:
        first, second = Session(child, job("", 1, 2), ways()).run(FAR)
        assert (first.status, second.status, child.alive) == (status, "skipped", True)
    assert first.failure is not None
    assert first.failure.message == ("The function ran longer than 2 s." if ended == "timeout" else "So it was.")


def test_all_outcomes_together_have_an_end() -> None:
    script = "done(b'{\"status\": \"ok\", \"result\": \"' + b'x' * 900000 + b'\"}')"
    found = outcomes(script, *range(8), limits=Limits(timeout_s=5))
    assert [outcome.status for outcome in found] == ["ok"] * 5 + ["skipped"] * 3


def test_calls_that_have_not_begun_in_time_are_left() -> None:
    with engine("done(b'{\"status\": \"ok\"}')") as child:
        found = Session(child, job("", 1, 2), ways()).run(time.monotonic() - 1)
    assert [outcome.status for outcome in found] == ["skipped", "skipped"]


@pytest.mark.parametrize("said", ["{}", "7", '[{"message": 3}]', "nonsense"])
def test_a_look_at_code_that_gives_no_answer_is_a_problem(said: str) -> None:
    with engine(f"done({said.encode()!r})") as child:
        (problem,) = Session(child, job("x = 1"), ways()).check()
    assert problem.message.startswith("The code cannot be looked at")


def test_a_look_at_code_asks_the_world_nothing() -> None:
    script = """
send("fetch", {}, b'{"method": "GET", "url": "https://example.com/"}')
done(b'[{"message": "%s"}]' % (b"was not sent" if b"nothing was sent" in receive().body else b"was sent"))
"""
    with engine(script) as child:
        (problem,) = Session(child, job("x = 1"), ways()).check()
    assert problem.message == "was not sent"


def test_a_look_at_code_gives_its_problems() -> None:
    with engine("""done(b'[{"message": "no", "line": 3}, {"message": "nor"}]')""") as child:
        found = Session(child, job("x = 1"), ways()).check()
    assert [(problem.message, problem.line) for problem in found] == [("no", 3), ("nor", None)]
