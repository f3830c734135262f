"""Requests to the outside world: webhooks and `fetch` of customers' functions, under one policy (cdp/outbound)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from cdp.errors import CdpError


class Forbidden(CdpError):
    """The policy refuses the request; the same request will always be refused. The text says which rule."""


class Unreachable(CdpError):
    """No answer: name not found, connection refused, a broken certificate, a time or byte limit."""


@dataclass(frozen=True, slots=True)
class OutboundRequest:
    """`headers` in order, names as they are to be sent; Host, Content-Length and the like are the client's own.

    `timeout_s` bounds everything: names, connecting, redirects, the whole answer. `max_bytes` bounds the decoded body
    of the answer. `redirects`: how many are followed, each hop under the policy anew. `share`: whose the request is, an
    account; of what all share each has a part.
    """

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    timeout_s: float = 5.0
    max_bytes: int = 1_000_000
    redirects: int = 0
    share: str = ""


@dataclass(frozen=True, slots=True)
class OutboundResponse:
    """`url` is the address that answered, after redirects. Header names are in small letters, in order."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    url: str


class Outbound(Protocol):
    def send(self, request: OutboundRequest) -> OutboundResponse:
        """Any answer whatever its status; `Forbidden` or `Unreachable` if there is none."""
