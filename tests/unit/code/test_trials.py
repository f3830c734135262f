"""A function tried with an event: what the sandbox is asked, and what of its answer is shown."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Semaphore
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.code.job import Failure, Fetched, Job, LogLine, Outcome, Platform
from cdp.documents import function_slots, metrics
from cdp.documents.function_environments import Mask
from cdp.errors import Rejected
from functions.code.turns import MOST
from tests.unit.calls import Caller
from tests.unit.code.conftest import ACCOUNT, CODE, NOW, OTHER, Room, body, raw


def test_with_a_payload(room: Room) -> None:
    id_ = room.made(environment={"TOKEN": "s3cret"}, timeout_s=2, memory_mb=256)
    room.change(id_, code=f"{CODE}# 2")
    attributes = room.test(id_, payload={"a": 1}, recorded={"GET https://x.example/": {"status": 200}}).data["attributes"]
    assert (attributes["status"], attributes["version"], attributes["function_id"]) == ("ok", 2, id_)
    job = room.runner.jobs[-1]
    assert (job.account_id, job.function_id, job.version, job.code) == (ACCOUNT, id_, 2, f"{CODE}# 2")
    assert (job.environment, job.limits.timeout_s, job.limits.memory_mb) == ({"TOKEN": "s3cret"}, 2, 256)
    assert (job.dry, job.platform) == (True, Platform("http://127.0.0.1:8080", ""))
    assert {name: msgspec.json.decode(one) for name, one in job.recorded.items()} == {"GET https://x.example/": {"status": 200}}
    (call,) = job.calls
    assert msgspec.json.decode(call.event) == {"a": 1}
    context = msgspec.json.decode(call.context)
    assert (context["company_id"], context["function_id"], context["profile"]) == (ACCOUNT, id_, None)
    room.test(id_, version=1)
    job = room.runner.jobs[-1]
    assert (job.version, job.code, bytes(job.calls[0].event)) == (1, CODE, b"null")
    shown = room.test(id_, code="def handler(e, c): return 1").data["attributes"]
    assert (room.runner.jobs[-1].code, shown["version"]) == ("def handler(e, c): return 1", None)


def test_with_a_stored_event(room: Room) -> None:
    id_, (event_id, *_) = room.made(), room.record(2)
    room.test(id_, event_id=event_id)
    call = room.runner.jobs[-1].calls[0]
    event, context = msgspec.json.decode(call.event), msgspec.json.decode(call.context)
    assert (event["data"]["type"], event["data"]["id"]) == ("event", event_id)
    assert event["data"]["attributes"]["event_properties"]["OrderId"] == "o0"
    assert context["profile"]["attributes"]["email"] == "ann@shop.example"
    assert context["trigger"] == {"type": "metric", "uid": room.metric().id}
    sent = {"data": {"type": "function-test", "attributes": {"function_id": id_, "event_id": event_id}}}
    answer = room.caller("POST", "/api/function-tests", sent)
    assert answer.data["attributes"]["function_id"] == id_
    assert room.runner.jobs[-1].calls[0] == call


def test_the_latest_events_are_offered(room: Room) -> None:
    id_ = room.made()
    assert room.caller.get(f"/api/functions/{id_}/test-events").document["data"] == []
    ids = room.record(12)
    document = room.caller.get(f"/api/functions/{id_}/test-events").document
    assert [one["id"] for one in document["data"]] == ids[::-1][:10]
    assert sorted(one["type"] for one in document["included"]) == ["metric", "profile"]


def test_what_a_run_says_is_shown(room: Room) -> None:
    def answer(job: Job) -> Outcome:
        return Outcome(
            job.calls[0].id, "failed", 12.5, raw({"why": "s3cret!", "s3cret": [1, None, "s3cret"]}),
            Failure("ValueError", "not s3cret", "line 3, in handler"), (LogLine(1, "info", "token s3cret"),), True,
            (Fetched("GET", "https://x.example/?t=s3cret", 0, 3.5, "s3cret is no host"),), 30.0,
        )  # fmt: skip

    room.runner.answer = answer
    id_ = room.made(environment={"TOKEN": "s3cret", "SHORT": "not"})
    assert room.test(id_).data["attributes"] == {
        "function_id": id_,
        "version": 1,
        "status": "failed",
        "result": {"why": "***!", "***": [1, None, "***"]},
        "failure": {"kind": "ValueError", "message": "not ***", "where": "line 3, in handler"},
        "logs": [{"at_ms": 1, "level": "info", "text": "token ***"}],
        "logs_truncated": True,
        "fetched": [
            {"method": "GET", "url": "https://x.example/?t=***", "status": 0, "duration_ms": 3.5, "failure": "*** is no host"}
        ],
        "again_s": 30.0,
        "duration_ms": 12.5,
    }


@pytest.mark.parametrize("depth", [400, 20_000])
def test_a_deep_result_breaks_nothing(room: Room, depth: int) -> None:
    deep = msgspec.Raw(b"[" * depth + b'"s3cret"' + b"]" * depth)
    room.runner.answer = lambda job: Outcome(job.calls[0].id, "ok", 1.0, deep)
    answer = room.test(room.made(environment={"TOKEN": "s3cret"}))
    assert answer.status == 200
    assert "s3cret" not in str(answer.data["attributes"]["result"])


@pytest.mark.parametrize(
    ("given", "status", "pointer"),
    [
        ({"event_id": "nobody"}, 404, "/event_id"),
        ({"event_id": "A" * 23}, 404, "/event_id"),
        ({"event_id": "A" * 23, "payload": None}, 400, "/payload"),
        ({"version": 2}, 400, "/version"),
        ({"version": 0}, 400, "/version"),
        ({"version": 1, "code": "x"}, 400, "/version"),
        ({"code": ""}, 400, "/code"),
        ({"payload": "x" * (512 * 1024)}, 400, "/payload"),
        ({"recorded": {"GET https://x.example/": "x" * 1_000_000}}, 400, "/recorded"),
        ({"function_id": "another"}, 400, "/function_id"),
    ],
)
def test_what_is_wrong_is_named(room: Room, given: dict[str, Any], status: int, pointer: str) -> None:
    answer = room.test(room.made(), **given)
    assert (answer.status, answer.error["source"]) == (status, {"pointer": f"/data/attributes{pointer}"})
    assert len(room.runner.jobs) == 1, "only the code was looked at"


def test_a_test_names_its_function(room: Room) -> None:
    for sent, status in (({}, 400), ({"function_id": "nobody"}, 404)):
        answer = room.caller("POST", "/api/function-tests", {"data": {"type": "function-test", "attributes": sent}})
        assert (answer.status, answer.error["source"]["pointer"]) == (status, "/data/attributes/function_id")


def test_a_sandbox_that_refuses_is_a_503_with_its_reason(room: Room) -> None:
    id_ = room.made()
    room.runner.error = Rejected("the self-test failed: a file could be read")
    answer = room.test(id_)
    assert answer.status == 503
    assert "a file could be read" in answer.error["detail"]


def test_an_account_tests_only_so_many_at_once(room: Room) -> None:
    id_, stranger = room.made(), Caller(room.caller.handler, room.caller.spec, OTHER)
    inside, go_on = Semaphore(0), Event()

    def wait(job: Job) -> Outcome:
        inside.release()
        assert go_on.wait(30)
        return Outcome(job.calls[0].id, "ok", 1.0)

    room.runner.answer = wait
    with ThreadPoolExecutor(MOST) as threads:
        running = [threads.submit(room.test, id_) for _ in range(MOST)]
        for _ in running:
            assert inside.acquire(timeout=30)
        for answer in (room.test(id_), room.change(id_, code=f"{CODE}# 2")):
            assert (answer.status, answer.headers["retry-after"]) == (429, "2")
        metric = metrics.ensure(room.table, OTHER, [("api", "Clicked")], NOW)["api", "Clicked"]
        made = stranger("POST", "/api/functions", body(
            name="other", runtime="python", code=CODE, trigger={"metric_id": metric.id}
        ))  # fmt: skip
        assert made.status == 201, "somebody else has turns of his own"
        go_on.set()
        assert {one.result().status for one in running} == {200}
    assert room.test(id_).status == 200


def test_a_turn_is_held_for_as_long_as_a_request_can_take(room: Room) -> None:
    free: list[int] = []

    def look(job: Job) -> Outcome:
        free.append(function_slots.free(room.table, f"{ACCOUNT}#trials", MOST, lambda: time.time() + 28))
        return Outcome(job.calls[0].id, "ok", 1.0)

    room.runner.answer = look
    assert room.test(room.made()).status == 200
    assert free == [MOST - 1]


JSON = st.recursive(
    st.none() | st.just(-1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(exclude_characters="*", exclude_categories=["Cs"]), min_size=4), JSON, st.text(), st.text())
def test_a_value_is_masked_wherever_it_stands(value: str, other: object, before: str, behind: str) -> None:
    mask = Mask([value])
    said = {"text": f"{before}{value}{behind}", value: [other, value]}
    # As another encoder may write it: the guest's own escapes what is not ASCII.
    for written in (msgspec.json.encode(said), json.dumps(said).encode()):
        shown = bytes(mask.json(msgspec.Raw(written))).decode()
        assert not any(value in one for one in _strings(msgspec.json.decode(shown)))
    assert value not in mask.text(f"{before}{value}{behind}")


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)
    elif isinstance(value, dict):
        for name, one in value.items():
            yield name
            yield from _strings(one)
