"""The client of webhooks and of `fetch`: ARCHITECTURE §9 rule by rule.

A request passes the policy of texts (policy.py), then its name is resolved once and every address is checked
(dial.py), then it is sent and its answer read under a deadline and limits (connection.py). A connection that was
kept is one that was checked when it was made: what it leads to does not change while it is open. No proxy, no file
of passwords and no variable of the environment is looked at.
"""

from __future__ import annotations

import ssl
from collections.abc import Collection
from dataclasses import replace
from functools import cache

import certifi

from cdp.outbound.connection import Connection, Reply, Stale
from cdp.outbound.deadline import Deadline
from cdp.outbound.decode import ACCEPTED
from cdp.outbound.dial import Connect, connect, dial
from cdp.outbound.names import Resolve, system
from cdp.outbound.policy import Target, headers, method, target
from cdp.outbound.pool import Pool
from cdp.outbound.redirects import follow, joined, location
from cdp.ports.outbound import OutboundRequest, OutboundResponse, Unreachable

_REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
# A receiver that gets one of these tells a repetition from a new request.
_REPETITION_KEYS = frozenset({"idempotency-key", "webhook-id"})
USER_AGENT = "Regulars/1"


@cache
def certificates() -> ssl.SSLContext:
    """Trust in the authorities of certifi, and in none that the environment names. Takes 60 ms: on first use only."""
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trust.minimum_version = ssl.TLSVersion.TLSv1_2
    trust.set_alpn_protocols(["http/1.1"])
    trust.load_verify_locations(certifi.where())
    return trust


class PolicedClient:
    """`Outbound` of cdp/ports. Used by many threads at a time.

    `hosts`: an allow-list, looked at before any name is resolved. `resolve`, `connect` and `trust` are the
    system's; a test brings its own.
    """

    def __init__(
        self,
        *,
        allow_loopback: bool = False,
        hosts: Collection[str] | None = None,
        resolve: Resolve = system,
        connect: Connect = connect,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._allow_loopback = allow_loopback
        self._hosts = None if hosts is None else frozenset(hosts)
        self._resolve = resolve
        self._connect = connect
        self._trust = trust
        self._pool = Pool()

    def send(self, request: OutboundRequest) -> OutboundResponse:
        deadline = Deadline(request.timeout_s)
        place = self._target(request.url)
        for _ in range(request.redirects + 1):
            answer = self._ask(request, place, deadline)
            to = location(answer) if request.redirects else None
            if to is None:
                return answer
            following = self._target(joined(place.url, to))
            request, place = follow(request, place, following, answer.status), following
        raise Unreachable(f"The answer leads on more than {request.redirects} times.")

    def close(self) -> None:
        """Connections that lie idle."""
        self._pool.close()

    def _target(self, url: str) -> Target:
        return target(url, allow_loopback=self._allow_loopback, hosts=self._hosts)

    def _ask(self, request: OutboundRequest, place: Target, deadline: Deadline) -> OutboundResponse:
        prepared = replace(
            request, method=method(request.method), headers=tuple(headers(request.headers, place, len(request.body)))
        )
        reply = self._exchange(prepared, place, deadline)
        return OutboundResponse(reply.status, reply.headers, reply.body, place.url)

    def _exchange(self, request: OutboundRequest, place: Target, deadline: Deadline) -> Reply:
        """On a connection that was kept, or on a new one; anew if the kept one turns out to be over."""
        kept = self._pool.take(place.origin)
        if kept is not None:
            try:
                return self._on(kept, request, place, deadline)
            except Stale:
                if not _repeatable(request):
                    raise
        trust = (self._trust or certificates()) if place.scheme == "https" else None
        made = Connection(dial(place, self._resolve, self._connect, trust, deadline, request.share))
        return self._on(made, request, place, deadline)

    def _on(self, connection: Connection, request: OutboundRequest, place: Target, deadline: Deadline) -> Reply:
        try:
            reply = connection.exchange(
                request.method, place.path, _written(request, place), request.body, request.max_bytes, deadline
            )
        except BaseException:
            connection.close()
            raise
        if connection.is_reusable():
            self._pool.give(place.origin, connection)
        else:
            connection.close()
        return reply


def _written(request: OutboundRequest, place: Target) -> list[tuple[str, str]]:
    """The headers as they go out: ours first, then the caller's."""
    names = {name.lower() for name, _ in request.headers}
    ours = [("Host", place.authority), ("Accept-Encoding", ACCEPTED)]
    if "user-agent" not in names:
        ours.append(("User-Agent", USER_AGENT))
    if "accept" not in names:
        ours.append(("Accept", "*/*"))
    if request.body or request.method in ("POST", "PUT", "PATCH"):
        ours.append(("Content-Length", str(len(request.body))))
    return [*ours, *request.headers]


def _repeatable(request: OutboundRequest) -> bool:
    return request.method in _REPEATABLE or any(name.lower() in _REPETITION_KEYS for name, _ in request.headers)
