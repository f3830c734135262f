"""The gateway without a socket: ASGI in, ASGI out, rooms made here."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from cdp.adapters.embedded.queue import SqliteQueue
from cdp.errors import Unavailable
from cdp.spec import Auth, FunctionSpec, HttpRoute, Limit
from infra.embedded.gateway import MAX_BODY_BYTES, Gateway

Event = Mapping[str, Any]
Room = Callable[[Event], dict[str, Any]]


@dataclass(frozen=True)
class Settings:
    pass


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Rooms:
    """Handlers by room name; `seen` are the events they got."""

    handlers: dict[str, Room]
    seen: dict[str, list[Event]] = field(default_factory=dict)

    def load(self, spec: FunctionSpec) -> Callable[[Event, Any], dict[str, Any]]:
        def handler(event: Event, context: Any) -> dict[str, Any]:
            self.seen.setdefault(spec.name, []).append(event)
            return self.handlers[spec.name](event)

        return handler


SPECS = (
    FunctionSpec("guard", "", Settings, authorizer=True),
    FunctionSpec(
        "fallback", "", Settings, default_route=True, routes=(HttpRoute("GET", "/health", auth=Auth.OPEN),)
    ),
    FunctionSpec(
        "things",
        "",
        Settings,
        routes=(
            HttpRoute("GET", "/api/things/{id}"),
            HttpRoute("POST", "/api/things"),
            HttpRoute("POST", "/client/things", auth=Auth.PUBLIC),
        ),
    ),
    FunctionSpec(
        "intake", "", Settings, routes=(HttpRoute("POST", "/api/intake", auth=Auth.OPEN, limit=Limit.INGEST),)
    ),
)


def ok(event: Event) -> dict[str, Any]:
    return {"statusCode": 200, "headers": {"x-room": "yes"}, "body": "fine"}


def guard(event: Event) -> dict[str, Any]:
    return {"isAuthorized": True, "context": {"account_id": "AbCdEf", "scopes": "*"}}


@pytest.fixture
def rooms() -> Rooms:
    return Rooms(
        {
            "guard": guard,
            "fallback": lambda e: {"statusCode": 404, "body": "none"},
            "things": ok,
            "intake": ok,
        }
    )


@pytest.fixture
def gateway(rooms: Rooms) -> Iterator[Gateway]:
    made = Gateway(SPECS, rooms.load)
    yield made
    made.close()


def call(
    gateway: Gateway, method: str, target: str, body: bytes | list[bytes] = b"", **headers: str
) -> Answer:
    return asyncio.run(_call(gateway, method, target, body, headers))


async def _call(
    gateway: Gateway,
    method: str,
    target: str,
    body: bytes | list[bytes],
    headers: dict[str, str],
    *,
    gone: bool = False,
) -> Answer:
    path, _, query = target.partition("?")
    parts = body if isinstance(body, list) else [body]
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "scheme": "http",
        "client": ("127.0.0.1", 1),
        "headers": pairs,
    }
    waiting: list[dict[str, Any]] = [
        {"type": "http.request", "body": part, "more_body": n < len(parts) - 1}
        for n, part in enumerate(parts)
    ]
    if gone:
        waiting = [{**waiting[0], "more_body": True}, {"type": "http.disconnect"}]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return waiting.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    await gateway(scope, receive, send)
    if gone:
        assert sent == []
        return Answer(0, {}, b"")
    head, tail = sent
    return Answer(head["status"], {k.decode(): v.decode() for k, v in head["headers"]}, tail["body"])


def test_the_event_has_the_shape_of_api_gateway(gateway: Gateway, rooms: Rooms) -> None:
    answer = call(gateway, "GET", "/api/things/a%2Fb%20c/?x=1&x=2&y=", authorization="k", accept="*/*")
    assert (answer.status, answer.body, answer.headers["x-room"]) == (200, b"fine", "yes")
    (event,) = rooms.seen["things"]
    assert event["version"] == "2.0"
    assert event["routeKey"] == event["requestContext"]["routeKey"] == "GET /api/things/{id}"
    assert event["pathParameters"] == {"id": "a/b c"}
    assert event["rawQueryString"] == "x=1&x=2&y="
    assert event["queryStringParameters"] == {"x": "1,2", "y": ""}
    assert event["headers"] == {"authorization": "k", "accept": "*/*", "x-forwarded-proto": "http"}
    assert event["requestContext"]["authorizer"] == {"lambda": {"account_id": "AbCdEf", "scopes": "*"}}
    assert event["isBase64Encoded"] is False


def test_the_authorizer_is_asked_once_a_key(gateway: Gateway, rooms: Rooms) -> None:
    for key in ("k", "k", "other"):
        call(gateway, "GET", "/api/things/1", authorization=key)
    assert [event["identitySource"] for event in rooms.seen["guard"]] == [["k"], ["other"]]


def test_without_a_key_nobody_is_calling(gateway: Gateway, rooms: Rooms) -> None:
    call(gateway, "GET", "/api/things/1")
    assert "guard" not in rooms.seen
    assert rooms.seen["things"][0]["requestContext"]["authorizer"]["lambda"]["account_id"] == ""


def test_text_travels_as_text_and_bytes_as_base64(gateway: Gateway, rooms: Rooms) -> None:
    call(gateway, "POST", "/api/things", "täxt".encode())
    call(gateway, "POST", "/api/things", b"\x1f\x8b\xff")
    text, binary = rooms.seen["things"]
    assert (text["body"], text["isBase64Encoded"]) == ("täxt", False)
    assert (base64.b64decode(binary["body"]), binary["isBase64Encoded"]) == (b"\x1f\x8b\xff", True)


def test_bodies_come_in_pieces(gateway: Gateway, rooms: Rooms) -> None:
    call(gateway, "POST", "/api/things", [b"one ", b"two ", b"three"])
    assert rooms.seen["things"][0]["body"] == "one two three"


@pytest.mark.parametrize("announced", [True, False])
def test_too_large_bodies_never_reach_a_room(gateway: Gateway, rooms: Rooms, announced: bool) -> None:
    pieces = [b"x" * (MAX_BODY_BYTES // 4)] * 5
    headers = {"content_length": str(sum(map(len, pieces)))} if announced else {}
    answer = call(gateway, "POST", "/api/things", pieces, **headers)
    assert answer.status == 413
    assert json.loads(answer.body)["errors"][0]["code"] == "payload_too_large"
    assert "things" not in rooms.seen


def test_what_matches_no_route_reaches_the_default_room(gateway: Gateway, rooms: Rooms) -> None:
    for method, path in (("GET", "/nothing"), ("DELETE", "/api/things")):
        assert call(gateway, method, path).status == 404
    assert [event["routeKey"] for event in rooms.seen["fallback"]] == ["$default", "$default"]
    assert "guard" not in rooms.seen


def test_head_is_get_without_a_body(gateway: Gateway, rooms: Rooms) -> None:
    answer = call(gateway, "HEAD", "/api/things/1")
    assert (answer.status, answer.body, answer.headers["content-length"]) == (200, b"", "4")
    assert rooms.seen["things"][0]["routeKey"] == "GET /api/things/{id}"


def test_options_names_the_methods(gateway: Gateway) -> None:
    assert call(gateway, "OPTIONS", "/api/things").headers["allow"] == "OPTIONS, POST"
    preflight = call(gateway, "OPTIONS", "/client/things")
    assert (preflight.status, preflight.headers["access-control-allow-methods"]) == (204, "GET, POST")


def test_a_bug_is_500_and_unavailable_503(gateway: Gateway, rooms: Rooms) -> None:
    def bug(event: Event) -> dict[str, Any]:
        raise RuntimeError("secret detail")

    def busy(event: Event) -> dict[str, Any]:
        raise Unavailable("locked", retry_after_s=7)

    rooms.handlers["things"] = bug
    answer = call(gateway, "GET", "/api/things/1")
    assert (answer.status, b"secret" in answer.body) == (500, False)
    rooms.handlers["things"] = busy
    answer = call(gateway, "GET", "/api/things/1")
    assert (answer.status, answer.headers["retry-after"]) == (503, "7")


def test_what_is_sent_in_a_batch_is_durable_before_the_answer(
    gateway: Gateway, rooms: Rooms, tmp_path: Path
) -> None:
    queue = SqliteQueue(str(tmp_path / "q.db"), "inbox")

    def accept(event: Event) -> dict[str, Any]:
        queue.send([event["body"]])
        return {"statusCode": 202, "body": ""}

    rooms.handlers["intake"] = accept

    async def many() -> list[Answer]:
        bodies = [f"m{n}".encode() for n in range(200)]
        return await asyncio.gather(*(_call(gateway, "POST", "/api/intake", body, {}) for body in bodies))

    assert {answer.status for answer in asyncio.run(many())} == {202}
    assert sorted(d.body for d in queue.receive(500, visibility_s=9)) == sorted(f"m{n}" for n in range(200))


def test_a_failed_commit_refuses_those_that_sent_and_no_others(
    gateway: Gateway, rooms: Rooms, tmp_path: Path
) -> None:
    queue = SqliteQueue(str(tmp_path / "q.db"), "inbox")

    def accept(event: Event) -> dict[str, Any]:
        if event["body"] == "send":
            send_to_a_full_disk(queue)
        return {"statusCode": 202, "body": ""}

    rooms.handlers["intake"] = accept
    assert call(gateway, "POST", "/api/intake", b"look").status == 202
    refused = call(gateway, "POST", "/api/intake", b"send")
    assert (refused.status, "retry-after" in refused.headers) == (503, True)


def send_to_a_full_disk(queue: SqliteQueue) -> None:
    """The database of this thread may not grow."""
    queue._db.connection.execute("PRAGMA max_page_count=1")
    queue.send(["x" * 100_000])


def test_half_a_request_never_reaches_a_room(gateway: Gateway, rooms: Rooms) -> None:
    asyncio.run(_call(gateway, "POST", "/api/things", b'{"half":', {}, gone=True))
    assert "things" not in rooms.seen
