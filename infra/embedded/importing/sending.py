"""Bulk requests: built, sent, retried while it can help; rows that the platform refuses are singled out."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import msgspec

from infra.embedded.importing.mapping import Event

ROWS_A_REQUEST = 1000
MAX_BODY_BYTES = 4_500_000
_PATH = "/api/event-bulk-create-jobs"
_POINTER = re.compile(r"/data/attributes/events-bulk-create/data/(\d+)(?:/attributes/events/data/(\d+))?")
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504, 524})
_FIRST_WAIT_S, _MAX_WAIT_S = 0.5, 30.0


class Refused(Exception):
    """The platform will not take anything from us: a wrong key, a wrong address."""


class OutOfReach(Exception):
    """The platform did not answer for longer than our patience."""


@dataclass(frozen=True, slots=True)
class Line:
    """A row ready to be sent."""

    number: int
    event: Event
    unique_id: str


@dataclass(slots=True)
class Outcome:
    """What became of some rows. `rejected` holds (line number, reason)."""

    sent: int = 0
    repeated: int = 0
    rejected: list[tuple[int, str]] = field(default_factory=list)

    def add(self, other: Outcome) -> None:
        self.sent += other.sent
        self.repeated += other.repeated
        self.rejected += other.rejected


class Sender:
    """Sends rows to one platform; safe to use from several threads."""

    def __init__(
        self,
        url: str,
        key: str,
        *,
        patience_s: float = 300.0,
        backfill: bool = True,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        headers = {"authorization": f"Klaviyo-API-Key {key}", "content-type": "application/vnd.api+json"}
        self._client = httpx.Client(
            base_url=url.rstrip("/"), headers=headers, timeout=60.0, transport=transport
        )
        self._patience_s = patience_s
        self._backfill = backfill
        self._cancelled = threading.Event()

    def account(self) -> dict[str, Any]:
        """Attributes of the account that the key belongs to."""
        answer = self._persist("GET", "/api/accounts", None)
        if answer.status_code != 200:
            raise Refused(_reason(answer))
        account: dict[str, Any] = answer.json()["data"][0]
        return account

    def send(self, lines: Sequence[Line]) -> Outcome:
        """Have these rows accepted, all but those that are refused one by one."""
        items, outcome = _grouped(lines)
        self._send(items, outcome)
        return outcome

    def _send(self, items: list[list[Line]], outcome: Outcome) -> None:
        while items:
            body = _body(items, self._backfill)
            if len(body) > MAX_BODY_BYTES and _rows(items) > 1:
                return self._halves(items, outcome)
            answer = self._persist("POST", _PATH, body)
            if answer.status_code == 202:
                outcome.sent += _rows(items)
                return None
            if answer.status_code not in (400, 413):
                raise Refused(_reason(answer))
            if not _single_out(items, answer, outcome):
                return self._halves(items, outcome)
        return None

    def _halves(self, items: list[list[Line]], outcome: Outcome) -> None:
        """A profile's rows stay together as long as there are several profiles."""
        parts = items if len(items) > 1 else [[line] for line in items[0]]
        middle = len(parts) // 2
        self._send(parts[:middle], outcome)
        self._send(parts[middle:], outcome)

    def _persist(self, method: str, path: str, body: bytes | None) -> httpx.Response:
        """Ask until there is an answer that will not change."""
        give_up_at = time.monotonic() + self._patience_s
        wait_s = _FIRST_WAIT_S
        while True:
            try:
                answer = self._client.request(method, path, content=body)
                if answer.status_code not in _AGAIN:
                    return answer
                problem, asked_s = _reason(answer), _retry_after_s(answer)
            except httpx.TransportError as error:
                problem, asked_s = f"{type(error).__name__}: {error}", None
            if time.monotonic() > give_up_at:
                raise OutOfReach(f"no success for {self._patience_s:.0f} s; at last: {problem}")
            if self._cancelled.wait(wait_s if asked_s is None else asked_s):
                raise OutOfReach(f"cancelled while waiting; at last: {problem}")
            wait_s = min(_MAX_WAIT_S, wait_s * 2)

    def cancel(self) -> None:
        """Make waiting calls give up."""
        self._cancelled.set()

    def close(self) -> None:
        self._client.close()


def _grouped(lines: Sequence[Line]) -> tuple[list[list[Line]], Outcome]:
    """Rows by profile, in order; a unique id that comes twice in a request is sent once."""
    items: dict[bytes, list[Line]] = {}
    seen: set[tuple[bytes, str, str]] = set()
    outcome = Outcome()
    for line in lines:
        profile = msgspec.json.encode(line.event.profile)
        metric: str = line.event.attributes["metric"]["data"]["attributes"]["name"]
        if (profile, metric, line.unique_id) in seen:
            outcome.repeated += 1
            continue
        seen.add((profile, metric, line.unique_id))
        items.setdefault(profile, []).append(line)
    return list(items.values()), outcome


def _rows(items: Sequence[Sequence[Line]]) -> int:
    return sum(map(len, items))


def _body(items: Sequence[Sequence[Line]], backfill: bool) -> bytes:
    data = [
        {
            "type": "event-bulk-create",
            "attributes": {
                "backfill": backfill,
                "profile": {"data": lines[0].event.profile},
                "events": {
                    "data": [
                        {
                            "type": "event",
                            "attributes": {**line.event.attributes, "unique_id": line.unique_id},
                        }
                        for line in lines
                    ]
                },
            },
        }
        for lines in items
    ]
    job = {"type": "event-bulk-create-job", "attributes": {"events-bulk-create": {"data": data}}}
    return msgspec.json.encode({"data": job})


def _single_out(items: list[list[Line]], answer: httpx.Response, outcome: Outcome) -> bool:
    """Take the rows at fault out of `items`; False when the answer does not say which they are."""
    error = _error(answer)
    found = _POINTER.match((error.get("source") or {}).get("pointer") or "")
    if found is None or int(found.group(1)) >= len(items):
        if _rows(items) > 1:
            return False
        at, inner = 0, None
    else:
        at, inner = int(found.group(1)), found.group(2)
    bad = items[at] if inner is None or int(inner) >= len(items[at]) else [items[at][int(inner)]]
    outcome.rejected += [(line.number, error.get("detail", _reason(answer))) for line in bad]
    items[at] = [line for line in items[at] if line not in bad]
    if not items[at]:
        del items[at]
    return True


def _error(answer: httpx.Response) -> dict[str, Any]:
    try:
        error: dict[str, Any] = answer.json()["errors"][0]
    except (ValueError, LookupError, TypeError):
        return {}
    return error


def _reason(answer: httpx.Response) -> str:
    return f"{answer.status_code}: {_error(answer).get('detail') or answer.text[:200]}"


def _retry_after_s(answer: httpx.Response) -> float | None:
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isdigit() else None
