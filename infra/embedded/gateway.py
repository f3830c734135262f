"""HTTP on one machine: the same calls of the rooms' handlers as API Gateway makes, behind ASGI.

A request becomes an API Gateway v2 event, the authorizer room says who is calling, the room that owns the
route answers. Handlers are plain functions and may block, so each room has a lane of threads of its own: a slow
report never keeps an event waiting.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from cdp.errors import Unavailable
from cdp.jsonapi.paths import Match, PathTable
from cdp.spec import Auth, FunctionSpec, HttpRoute, Limit
from infra.embedded.authorizing import Authorizer
from infra.embedded.lanes import BatchLane, Lane, ThreadLane
from infra.embedded.payload import Answer, busy, error_answer, http_event
from infra.specs import Handler

log = logging.getLogger("regulars.gateway")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

MAX_BODY_BYTES = 6 * 1024 * 1024  # the synchronous payload of Lambda (SPEC §1.7)
MAX_WAITING_BYTES = 512 * 1024 * 1024  # request bodies held at once, read or waiting for a thread
THREADS = 8  # a room
_CORS = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "retry-after, ratelimit-limit, ratelimit-remaining, ratelimit-reset",
}
_PREFLIGHT = {
    **_CORS,
    "access-control-allow-methods": "GET, POST",
    "access-control-allow-headers": "content-type, revision",
    "access-control-max-age": "86400",
}


@dataclass(slots=True)
class Room:
    """A room behind the gateway: its handler, made when it is first called, and the lane it runs in."""

    spec: FunctionSpec
    load: Callable[[FunctionSpec], Handler]
    lane: Lane
    handler: Handler | None = None

    def call(self, event: Mapping[str, Any]) -> Answer:
        """Run in one of the room's threads."""
        if self.handler is None:
            self.handler = self.load(self.spec)
        answer: Answer = self.handler(event, None)
        return answer


@dataclass(frozen=True, slots=True)
class Target:
    route: HttpRoute | None  # None: no route matched, the default route
    room: Room
    parameters: Mapping[str, str]


class Gateway:
    """The ASGI application over all rooms' routes."""

    def __init__(self, specs: Iterable[FunctionSpec], load: Callable[[FunctionSpec], Handler]) -> None:
        self._rooms = {spec.name: _room(spec, load) for spec in specs if spec.routes or spec.authorizer}
        self._paths = PathTable(
            (route.method, route.path, (route, room))
            for room in self._rooms.values()
            for route in room.spec.routes
        )
        self._default = next((room for room in self._rooms.values() if room.spec.default_route), None)
        guard = next((room for room in self._rooms.values() if room.spec.authorizer), None)
        self._authorizer = Authorizer(guard.call if guard else None)
        self._static: dict[tuple[str, str], Target] = {}
        self._waiting_bytes = 0

    def warm(self, names: Iterable[str] | None = None) -> None:
        """Load these rooms' handlers (all when None) ahead of the first request."""
        for room in self._rooms.values():
            if (names is None or room.spec.name in names) and room.handler is None:
                try:
                    room.handler = room.load(room.spec)
                except Exception:
                    log.exception("room %s cannot be loaded; its requests fail", room.spec.name)

    def rooms_on_the_hot_path(self) -> list[str]:
        """Rooms without which nothing can be answered: the authorizer, the default route, event intake."""
        return [
            r.spec.name
            for r in self._rooms.values()
            if r.spec.authorizer or r.spec.default_route or _is_hot(r.spec)
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        try:
            answer = await self._answer(scope, receive)
        except _Gone:
            return
        if scope["path"].startswith("/client/"):
            answer["headers"] = {**(answer.get("headers") or {}), **_CORS}
        await _send(answer, scope["method"], send)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        target = self._find(method, scope["raw_path"].decode("latin-1"))
        if isinstance(target, dict):
            return target
        body = await self._read(scope, receive)
        if isinstance(body, dict):
            return body
        self._waiting_bytes += len(body)
        try:
            event = http_event(scope, method, target.route, target.parameters, body)
            return await target.room.lane.run(partial(self._call, target), event)
        finally:
            self._waiting_bytes -= len(body)

    def _find(self, method: str, raw_path: str) -> Target | Answer:
        """The operation that is meant, or the answer when the gateway itself gives it."""
        target = self._static.get((method, raw_path))
        if target is not None:
            return target
        match = self._paths.find(raw_path)
        if method == "OPTIONS" and match is not None:
            return _options(raw_path, match)
        if match is None or method not in match.methods:
            if self._default is None:
                return error_answer(404, "not_found", "Not found.", "No such path.")
            return Target(None, self._default, {})
        route, room = match.methods[method]
        target = Target(route, room, match.parameters)
        if not match.parameters and len(self._static) < 1000:
            self._static[method, raw_path] = target
        return target

    async def _read(self, scope: Scope, receive: Receive) -> bytes | Answer:
        """The whole body, or the refusal of one that is too large; never a truncated one."""
        announced = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        if announced.isdigit() and int(announced) > MAX_BODY_BYTES:
            return _too_large()
        if self._waiting_bytes > MAX_WAITING_BYTES:
            return busy("Too many requests are waiting.")
        message = await _next(receive)
        body: bytes = message.get("body", b"")
        if not message.get("more_body"):
            return body
        parts, size = [body], len(body)
        while message.get("more_body") and size <= MAX_BODY_BYTES:
            message = await _next(receive)
            parts.append(message.get("body", b""))
            size += len(parts[-1])
        return b"".join(parts) if size <= MAX_BODY_BYTES else _too_large()

    def _call(self, target: Target, event: Mapping[str, Any]) -> Answer:
        """In a thread of the room: authorise, then call the handler."""
        try:
            if target.route is not None and target.route.auth is Auth.PRIVATE:
                context = self._authorizer.context(event)
                event["requestContext"]["authorizer"] = {"lambda": context}
            return target.room.call(event)
        except Unavailable as error:
            log.warning("%s unavailable: %s", event["routeKey"], error)
            return busy(str(error), error.retry_after_s)
        except Exception:
            log.exception("room %s failed on %s", target.room.spec.name, event["routeKey"])
            return error_answer(500, "error", "Internal error.", "The error has been logged.")

    def close(self) -> None:
        """Wait for the handlers that still run."""
        for room in self._rooms.values():
            room.lane.close()


def _room(spec: FunctionSpec, load: Callable[[FunctionSpec], Handler]) -> Room:
    return Room(spec, load, BatchLane(spec.name) if _is_hot(spec) else ThreadLane(spec.name, THREADS))


def _is_hot(spec: FunctionSpec) -> bool:
    return any(route.limit is Limit.INGEST for route in spec.routes)


class _Gone(Exception):
    """The client went away before its request was complete: there is nothing to do and nobody to tell."""


async def _next(receive: Receive) -> MutableMapping[str, Any]:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise _Gone
    return message


async def _send(answer: Answer, method: str, send: Send) -> None:
    text = answer.get("body") or ""
    body = base64.b64decode(text) if answer.get("isBase64Encoded") else text.encode()
    headers = [
        (name.lower().encode(), str(value).encode()) for name, value in (answer.get("headers") or {}).items()
    ]
    headers.extend((b"set-cookie", cookie.encode()) for cookie in answer.get("cookies") or ())
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": answer["statusCode"], "headers": headers})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else body})


def _options(raw_path: str, match: Match[Any]) -> Answer:
    headers = {"allow": ", ".join(sorted({*match.methods, "OPTIONS"}))}
    if raw_path.startswith("/client/"):
        headers |= _PREFLIGHT
    return {"statusCode": 204, "headers": headers, "body": ""}


def _too_large() -> Answer:
    detail = f"The request's body exceeds {MAX_BODY_BYTES} bytes."
    return error_answer(413, "payload_too_large", "Payload too large.", detail)
