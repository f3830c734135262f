"""Who is calling: the authorizer room's answers, kept for a while as API Gateway keeps them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

Room: TypeAlias = Callable[[Mapping[str, Any]], Any]

KEPT_S = 60.0
MAX_KEPT = 10_000
_PASSED_ON = ("routeKey", "rawPath", "rawQueryString", "headers", "requestContext")
_NOBODY: Mapping[str, str] = {"account_id": "", "scopes": ""}


class Authorizer:
    """Asks the authorizer room once a minute per Authorization header. Safe to use from several threads."""

    def __init__(self, room: Room | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._room = room
        self._clock = clock
        self._kept: dict[str, tuple[float, Mapping[str, str]]] = {}

    def context(self, event: Mapping[str, Any]) -> Mapping[str, str]:
        """account_id and scopes of the caller; the account is empty without a valid key."""
        header = event["headers"].get("authorization")
        if header is None or self._room is None:
            return _NOBODY
        now = self._clock()
        kept = self._kept.get(header)
        if kept is not None and kept[0] > now:
            return kept[1]
        context = _ask(self._room, event, header)
        if len(self._kept) >= MAX_KEPT:
            self._kept = {h: k for h, k in list(self._kept.items()) if k[0] > now}
            if len(self._kept) >= MAX_KEPT:
                self._kept.clear()
        self._kept[header] = (now + KEPT_S, context)
        return context


def _ask(room: Room, event: Mapping[str, Any], header: str) -> Mapping[str, str]:
    question = {"version": "2.0", "type": "REQUEST", "identitySource": [header]}
    answer = room(question | {name: event[name] for name in _PASSED_ON})
    return answer.get("context") or _NOBODY if answer.get("isAuthorized") else _NOBODY
