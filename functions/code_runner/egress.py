"""What a function asks of the world: every fetch of a call comes here, and goes out or does not.

The guest's request is text that customers' code made: all of it is checked. Where it may go is the outbound policy's
business (cdp/outbound); here are the limits of a call, dry runs, and the account's own API, to which the key is added.
"""

from __future__ import annotations

import base64
import binascii
import time
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from cdp.code.hops import HOPS_HEADER, SOURCE_HEADER
from cdp.code.job import Fetched, Job
from cdp.outbound.policy import MOST_HEADERS
from cdp.ports.outbound import Forbidden, Outbound, OutboundRequest, OutboundResponse, Unreachable

MOST_REDIRECTS = 10
MOST_URL = 8000  # characters; of them so many are kept in what is told of a run:
TOLD_URL = 500
REVISION = "2026-10-15"
_BORNE = frozenset({"accept", "content-type", "revision"})  # of the guest's headers, to the account's own API
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)  # JSON that is none
_GUARDS = frozenset({SOURCE_HEADER, HOPS_HEADER})

Kind = Literal["forbidden", "unreachable", "limit"]


class Ask(msgspec.Struct):
    """A request as the guest writes it. `body` is base64. `platform`: of the account's own API; `url` is then a path."""

    method: str
    url: str
    headers: list[tuple[str, str]] = []
    body: str | None = None
    redirects: int = 5
    timeout_s: float | None = None
    platform: bool = False


class Reply(msgspec.Struct):
    """An answer as the guest reads it; `body` is base64."""

    status: int
    headers: list[tuple[str, str]]
    body: str
    url: str


class Denial(msgspec.Struct):
    """There is no answer, and why."""

    error: str
    kind: Kind


class Recorded(msgspec.Struct):
    """An answer that a dry run is given: `body` is text, or JSON that becomes text."""

    status: int = 200
    headers: dict[str, str] = {}
    body: msgspec.Raw = msgspec.Raw(b'""')


class _Refusal(Exception):
    def __init__(self, kind: Kind, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True)
class Ways:
    """Out into the world under the policy, and to the platform itself, which may be on this machine."""

    world: Outbound
    home: Outbound


@dataclass
class Egress:
    """The requests of one call. `until`: when the call has to be over (time.monotonic)."""

    job: Job
    ways: Ways
    until: float
    hops: int = 0
    made: list[Fetched] = field(default_factory=list)

    def answer(self, said: bytes) -> bytes:
        """Never raises for what the guest says; the answer fits the limits."""
        if len(self.made) >= self.job.limits.requests:
            return msgspec.json.encode(Denial(f"A call may make {self.job.limits.requests} requests.", "limit"))
        began = time.monotonic()
        ask = Ask("", "")
        try:
            ask = self._read(said)
            reply = self._reply(ask)
            status, failure, answer = reply.status, None, msgspec.json.encode(reply)
        except _Refusal as refusal:
            status, failure = 0, str(refusal)
            answer = msgspec.json.encode(Denial(failure, refusal.kind))
        took_ms = round(1000 * (time.monotonic() - began), 1)
        self.made.append(Fetched(ask.method[:20], ask.url[:TOLD_URL], status, took_ms, failure))
        return answer

    def _read(self, said: bytes) -> Ask:
        try:
            ask = msgspec.json.decode(said, type=Ask)
        except _UNREADABLE as error:
            raise _Refusal("forbidden", f"This is no request: {error}.") from error
        if len(ask.url) > MOST_URL or len(ask.headers) > MOST_HEADERS:
            raise _Refusal("limit", f"A URL has at most {MOST_URL} characters, a request at most {MOST_HEADERS} headers.")
        return ask

    def _reply(self, ask: Ask) -> Reply:
        request, way = self._request(ask)
        if self.job.dry:
            return self._recorded(ask, request.url)
        if request.timeout_s <= 0:
            raise _Refusal("unreachable", "The time of the call is over.")
        try:
            answer = way.send(request)
        except Forbidden as error:
            raise _Refusal("forbidden", str(error)) from error
        except Unreachable as error:
            raise _Refusal("unreachable", str(error)) from error
        return _reply(answer, ask.url if ask.platform else answer.url)

    def _request(self, ask: Ask) -> tuple[OutboundRequest, Outbound]:
        left_s = self.until - time.monotonic()
        timeout_s = left_s if ask.timeout_s is None or not ask.timeout_s > 0 else min(left_s, ask.timeout_s)
        url, headers, redirects, way = ask.url, ask.headers, max(0, min(ask.redirects, MOST_REDIRECTS)), self.ways.world
        if ask.platform:
            url, headers, redirects, way = *self._at_home(ask), 0, self.ways.home
        elif self.job.platform and _origin(url) == _origin(self.job.platform.url):
            headers = [pair for pair in headers if pair[0].lower() not in _GUARDS] + self._guards()
        most = self.job.limits.answer_bytes
        request = OutboundRequest(
            ask.method.upper(), url, tuple(headers), self._body(ask), timeout_s, max_bytes=most, redirects=redirects,
            share=self.job.account_id,
        )  # fmt: skip
        return request, way

    def _body(self, ask: Ask) -> bytes:
        try:
            body = base64.b64decode(ask.body or "", validate=True)
        except (binascii.Error, ValueError) as error:
            raise _Refusal("forbidden", "The body of the request is not base64.") from error
        if len(body) > self.job.limits.answer_bytes:
            raise _Refusal("limit", f"A request has at most {self.job.limits.answer_bytes} bytes.")
        return body

    def _at_home(self, ask: Ask) -> tuple[str, list[tuple[str, str]]]:
        """The URL and the headers of a request of the account's own API: of the guest's only the path, and a few."""
        platform = self.job.platform
        if platform is None:
            raise _Refusal("forbidden", "This function cannot reach its account's API.")
        if not ask.url.startswith("/api/") or not _plain(ask.url):
            raise _Refusal("forbidden", "A request of the account's API names a path below /api/, and no host.")
        headers = {name.lower(): value for name, value in ask.headers if name.lower() in _BORNE}
        headers = {"accept": "application/vnd.api+json", "revision": REVISION} | headers
        key = ("authorization", f"Klaviyo-API-Key {platform.key}")
        return platform.url.rstrip("/") + ask.url, [*headers.items(), key, *self._guards()]

    def _guards(self) -> list[tuple[str, str]]:
        return [(SOURCE_HEADER, self.job.function_id), (HOPS_HEADER, str(self.hops + 1))]

    def _recorded(self, ask: Ask, url: str) -> Reply:
        """In a dry run nothing goes out."""
        method = ask.method.upper()
        raw = self.job.recorded.get(f"{method} {ask.url}", self.job.recorded.get(f"{method} {url}"))
        if raw is None:
            raise _Refusal("forbidden", "This is a test: nothing was sent, and no answer is recorded for this request.")
        try:
            recorded = msgspec.json.decode(raw, type=Recorded)
            body = _encoded(_text(recorded.body))
        except _UNREADABLE as error:
            raise _Refusal("forbidden", f"The answer recorded for this request cannot be read: {error}.") from error
        return Reply(recorded.status, list(recorded.headers.items()), body, ask.url)


def _reply(answer: OutboundResponse, url: str) -> Reply:
    return Reply(answer.status, list(answer.headers), _encoded(answer.body), url)


def _plain(path: str) -> bool:
    """Nothing that could end the path early, leave it, or begin a host."""
    below = path.partition("?")[0]
    return (
        path.isascii() and path.isprintable() and not set(path) & set(" \\#@") and "//" not in below
        and not any(part in (".", "..") for part in below.lower().replace("%2e", ".").split("/"))
    )  # fmt: skip


def _origin(url: str) -> tuple[str, str] | None:
    try:
        parts = urlsplit(url)
        return parts.scheme.lower(), f"{parts.hostname}:{parts.port or {'https': 443, 'http': 80}.get(parts.scheme)}"
    except ValueError:
        return None


def _text(body: msgspec.Raw) -> bytes:
    value = bytes(body)
    return msgspec.json.decode(value, type=str).encode() if value[:1] == b'"' else value


def _encoded(body: bytes) -> str:
    return base64.b64encode(body).decode("ascii")
