"""Bad input of every kind of SPEC §1.3 and §1.7 through the room's HTTP front: an error document that names the
field, and nothing in the queue."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from cdp import connect
from cdp.adapters.embedded.limits import MemoryLimits
from cdp.documents import accounts
from cdp.jsonapi.front import serve
from cdp.jsonapi.throttle import Throttle
from cdp.ports import Queue
from functions.ingest.operations import Ingest
from functions.ingest.spec import MAX_BODY_BYTES, SPEC
from tests.unit.calls import Caller

AT = "/data/attributes"


@pytest.fixture
def queue(tmp_path: Path) -> Queue:
    return connect.queue(f"sqlite://{tmp_path}/queues.db#record")


@pytest.fixture
def caller(tmp_path: Path, queue: Queue) -> Caller:
    table = connect.table(f"sqlite://{tmp_path}/documents.db")
    account, _ = accounts.create(table, name="Shop", timezone="UTC", currency="EUR")
    handler = serve(
        SPEC,
        Ingest(table, queue).operations(),
        throttle=Throttle(MemoryLimits(), 0),
        account_exists=accounts.Existing(table),
    )
    return Caller(handler, SPEC, account.id)


def event(**attributes: Any) -> dict[str, Any]:
    given = {
        "properties": {},
        "metric": {"data": {"type": "metric", "attributes": {"name": "Placed Order"}}},
        "profile": {"data": {"type": "profile", "attributes": {"email": "ada@shop.example"}}},
    }
    return {"data": {"type": "event", "attributes": given | attributes}}


def named(name: str) -> dict[str, Any]:
    return {"data": {"type": "metric", "attributes": {"name": name}}}


def who(**attributes: Any) -> dict[str, Any]:
    return {"data": {"type": "profile", "attributes": attributes}}


def nested(levels: int) -> Any:
    return "x" if levels == 0 else {"in": nested(levels - 1)}


def raw(properties: bytes) -> bytes:
    return json.dumps(event(properties="HERE")).encode().replace(b'"HERE"', properties)


BAD: dict[str, tuple[object, int, str | None]] = {
    "no body": (b"", 400, "/"),
    "cut short": (b'{"data":', 400, "/"),
    "not JSON": (b"metric=Placed Order", 400, "/"),
    "not UTF-8": (b'{"data":{"type":"event\xff"}}', 400, None),
    "not UTF-8 in properties": (raw(b'{"a":"\xff"}'), 400, None),
    "half a surrogate": (raw(b'{"a":"\\ud800"}'), 400, None),
    "absurd nesting": (raw(b"[" * 50_000 + b"]" * 50_000), 400, None),
    "huge number": (raw(b'{"a":1e400}'), 400, f"{AT}/properties"),
    "huge number in long": (raw(b'{"a":' + b"9" * 400 + b".0}"), 400, f"{AT}/properties"),
    "endless integer": (raw(b'{"a":' + b"9" * 5000 + b"}"), 400, f"{AT}/properties"),
    "a list": (b"[]", 400, "/"),
    "wrong type": ({"data": {"type": "profile"}}, 400, "/data/type"),
    "no attributes": ({"data": {"type": "event"}}, 400, AT),
    "no metric name": (
        event(metric={"data": {"type": "metric", "attributes": {}}}),
        400,
        f"{AT}/metric/data/attributes/name",
    ),
    "empty metric name": (event(metric=named("  ")), 400, f"{AT}/metric/data/attributes/name"),
    "long metric name": (event(metric=named("x" * 128)), 400, f"{AT}/metric/data/attributes/name"),
    "no identifier": (event(profile=who(first_name="Ada")), 400, f"{AT}/profile/data/attributes"),
    "bad e-mail": (event(profile=who(email="ada")), 400, f"{AT}/profile/data/attributes/email"),
    "bad phone": (event(profile=who(phone_number="911")), 400, f"{AT}/profile/data/attributes/phone_number"),
    "unknown profile": (
        event(profile={"data": {"type": "profile", "id": "7ZZZZZZZZZZZZZZZZZZZZZZZZZ", "attributes": {}}}),
        400,
        f"{AT}/profile/data/id",
    ),
    "bad time": (event(time="soon"), 400, f"{AT}/time"),
    "numeric time": (event(time=12), 400, f"{AT}/time"),
    "too early": (event(time="1999-12-31T23:59:59Z"), 400, f"{AT}/time"),
    "too late": (event(time="2100-01-01T00:00:00Z"), 400, f"{AT}/time"),
    "textual value": (event(value="12"), 400, f"{AT}/value"),
    "bad currency": (event(value_currency="EURO"), 400, f"{AT}/value_currency"),
    "long unique id": (event(unique_id="x" * 256), 400, f"{AT}/unique_id"),
    "properties as list": (event(properties=[]), 400, f"{AT}/properties"),
    "too many properties": (event(properties={str(i): i for i in range(401)}), 400, f"{AT}/properties"),
    "long string": (event(properties={"a": "x" * 100_001}), 400, f"{AT}/properties/a"),
    "long array": (event(properties={"a": [0] * 4001}), 400, f"{AT}/properties/a"),
    "too deep": (event(properties=nested(11)), 400, f"{AT}/properties" + "/in" * 10),
    "too large": (b" " * (MAX_BODY_BYTES + 1), 413, None),
}


@pytest.mark.parametrize("url", ["/api/events", "/client/events"])
@pytest.mark.parametrize(("sent", "status", "pointer"), BAD.values(), ids=BAD)
def test_bad_events(
    caller: Caller, queue: Queue, url: str, sent: object, status: int, pointer: str | None
) -> None:
    error = caller("POST", f"{url}?company_id={caller.account_id}", sent).error
    assert error["status"] == status, error
    if pointer is not None:
        assert error["source"] == {"pointer": pointer}, error
    assert queue.depth() == 0


@pytest.mark.parametrize(
    ("url", "body"),
    [
        ("/api/event-bulk-create-jobs", {"data": {"type": "event-bulk-create-job", "attributes": {}}}),
        ("/client/event-bulk-create", {"data": {"type": "event-bulk-create", "attributes": {}}}),
    ],
)
def test_bad_bulk_requests(caller: Caller, queue: Queue, url: str, body: object) -> None:
    error = caller("POST", f"{url}?company_id={caller.account_id}", body).error
    assert (error["status"], error["source"]["pointer"][:16]) == (400, "/data/attributes")
    assert queue.depth() == 0


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"content-type": "text/csv"}, 415, "unsupported_media_type"),
        ({"content-encoding": "br"}, 415, "unsupported_media_type"),
        ({"content-encoding": "gzip"}, 400, "invalid"),
    ],
)
def test_bad_headers(caller: Caller, queue: Queue, headers: dict[str, str], status: int, code: str) -> None:
    error = caller("POST", "/api/events", event(), headers=headers).error
    assert (error["status"], error["code"]) == (status, code)
    assert queue.depth() == 0


def test_a_bomb_is_413_before_it_unfolds(caller: Caller, queue: Queue) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    error = caller("POST", "/api/events", bomb, headers={"content-encoding": "gzip"}).error
    assert (error["status"], error["code"]) == (413, "payload_too_large")
    assert queue.depth() == 0


def test_keys_and_scopes(caller: Caller, queue: Queue) -> None:
    caller.scopes = "events:read"
    assert caller("POST", "/api/events", event()).error["code"] == "permission_denied"
    caller.account_id = ""
    assert caller("POST", "/api/events", event()).error["code"] == "authentication_failed"
    assert caller("POST", "/client/events?company_id=ZZZ999", event()).error["source"] == {
        "parameter": "company_id"
    }
    assert queue.depth() == 0


def test_a_good_event_is_queued_once(caller: Caller, queue: Queue) -> None:
    assert caller("POST", "/api/events", event()).status == 202
    assert (
        caller(
            "POST",
            "/api/events/",
            gzip.compress(json.dumps(event()).encode()),
            headers={"content-encoding": "gzip"},
        ).status
        == 202
    )
    assert queue.depth() == 2
