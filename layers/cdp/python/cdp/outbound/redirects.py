"""Where an answer sends the request on to. What the policy says of the new place is for the client to ask."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import urljoin

from cdp.outbound.policy import Target, check_text
from cdp.ports.outbound import Forbidden, OutboundRequest, OutboundResponse

_HALF = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?!//[^/])|///")
_STATUSES = frozenset({301, 302, 303, 307, 308})
_SECRETS = frozenset({"authorization", "cookie"})
_OF_BODY = frozenset({"content-type", "content-encoding", "content-language", "content-location", "content-length"})


def location(answer: OutboundResponse) -> str | None:
    """What the header says, if the answer sends on."""
    if answer.status not in _STATUSES:
        return None
    return next((value for name, value in answer.headers if name == "location"), None)


def joined(base: str, to: str) -> str:
    """The URL that `to` is, seen from `base`; `Forbidden` if it is none."""
    check_text(to)  # first: urljoin drops line breaks without a word
    try:
        # "https:host" and "https:///host" are a path to some readers and a host to others.
        if _HALF.match(to):
            raise ValueError
        return urljoin(base, to)
    except ValueError:
        raise Forbidden("The answer leads to something that is no address.") from None


def follow(request: OutboundRequest, place: Target, following: Target, status: int) -> OutboundRequest:
    """The next request. Without the body after 303, and after 301 and 302 to a POST; without secrets to another origin.

    `place` is where the answer came from, `following` where it leads. From https nothing leads to http.
    """
    if place.scheme == "https" and following.scheme != "https":
        raise Forbidden("The answer leads from https to http.")
    dropped: frozenset[str] = frozenset() if following.origin == place.origin else _SECRETS
    method, body = request.method, request.body
    if (status == 303 and method != "HEAD") or (status in (301, 302) and method == "POST"):
        method, body = "GET", b""
        dropped |= _OF_BODY
    headers = tuple((name, value) for name, value in request.headers if name.lower() not in dropped)
    return replace(request, method=method, url=following.url, headers=headers, body=body)
