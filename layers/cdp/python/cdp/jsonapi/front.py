"""The front of every HTTP room: from an API Gateway v2 event to an operation and back.

`serve(SPEC, OPERATIONS, …)` makes the part of a Lambda handler that speaks HTTP. The gateway (or the
embedded server, which imitates it) has matched the route already; `routeKey` names the operation. Here are
authentication's result, scopes, media types, sizes, rate limits and the shape of errors, so that an
operation is a plain function from `Request` to `Response`.
"""

from __future__ import annotations

import base64
import logging
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Protocol, TypeVar

import msgspec

from cdp.errors import Rejected, Unavailable
from cdp.jsonapi.errors import decode, error_document
from cdp.jsonapi.params import Params
from cdp.jsonapi.routing import Routing
from cdp.jsonapi.throttle import Throttle
from cdp.spec import Auth, FunctionSpec, HttpRoute

log = logging.getLogger("regulars.http")

MEDIA_TYPE = "application/vnd.api+json"
_ACCEPTED_TYPES = ("application/json", MEDIA_TYPE)
_WITH_BODY = frozenset({"POST", "PATCH", "PUT", "DELETE"})
T = TypeVar("T")


@dataclass(slots=True)
class Response:
    """`document` is encoded as JSON; `body` is sent as it is (give one of them, or neither)."""

    status: int = 200
    document: Any = None
    body: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Request:
    """What an operation sees. `account_id` comes from the key (or company_id), never from the body; `key_id` names
    the private key, for notes of who changed something ("" without one)."""

    route: HttpRoute
    account_id: str
    path: Mapping[str, str]
    raw_query: str
    body: bytes
    headers: Mapping[str, str]
    raw_path: str
    now: datetime
    key_id: str = ""

    @cached_property
    def params(self) -> Params:
        """Query parameters: filter, sort, include, fields, page."""
        return Params(self.raw_query)

    @property
    def base_url(self) -> str:
        """Scheme and host as the client sees them, without a trailing slash."""
        h = self.headers
        scheme = h.get("x-forwarded-proto", "https").split(",")[0].strip()
        host = h.get("x-forwarded-host") or h.get("host", "localhost")
        return f"{scheme}://{host.split(',')[0].strip()}"

    def decode(self, decoder: msgspec.json.Decoder[T]) -> T:
        """The body as the decoder's type; a violation is `Rejected` with a pointer to the field."""
        return decode(decoder, self.body)


Operation = Callable[[Request], Response]


class PlanCheck(Protocol):
    """Raises `Rejected` 403 if the account's plan lacks the feature (documents.plans.Plans.check)."""

    def __call__(self, account_id: str, feature: str, /) -> None: ...


class AccountCheck(Protocol):
    """Does an account with this public id exist? (for `/client/*` routes)"""

    def __call__(self, account_id: str, /) -> bool: ...


def serve(
    spec: FunctionSpec,
    operations: Mapping[str, Operation],
    *,
    throttle: Throttle,
    account_exists: AccountCheck | None = None,
    plan: PlanCheck | None = None,
    clock: Callable[[], float] = time.time,
) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Make the HTTP half of a room's handler. `operations` maps every route key of the spec."""
    routing = Routing(spec)
    if missing := routing.by_key.keys() ^ operations.keys():
        raise LookupError(f"room {spec.name}: routes and operations differ: {sorted(missing)}")
    if plan is None and any(route.feature for route in spec.routes):
        raise LookupError(f"room {spec.name}: routes that belong to a feature need plan=")

    def handle(event: Mapping[str, Any]) -> dict[str, Any]:
        headers: dict[str, str] = {}
        try:
            route, path = routing.find(event)
        except Rejected as error:
            return _error(error_document(error), error.status, _told(error.meta))
        try:
            request = _request(event, route, path, clock(), account_exists)
            if plan is not None and route.feature is not None:
                plan(request.account_id, route.feature)
            headers = throttle.check(request.account_id, route, clock())
            response = operations[route.key](request)
        except Rejected as error:
            return _error(error_document(error), error.status, {**headers, **_told(error.meta)})
        except Unavailable as error:
            log.warning("%s unavailable: %s", route.key, error)
            refused = Rejected(str(error), status=503, code="service_unavailable", title="Service unavailable.")
            return _error(error_document(refused), 503, {"retry-after": str(error.retry_after_s)})
        except Exception:
            log.exception("%s failed", route.key)
            bug = Rejected("The error has been logged.", status=500, code="error", title="Internal error.")
            return _error(error_document(bug), 500, headers)
        return _answer(response, headers)

    return handle


def _request(
    event: Mapping[str, Any],
    route: HttpRoute,
    path: Mapping[str, str],
    now_s: float,
    account_exists: AccountCheck | None,
) -> Request:
    headers = event["headers"]
    account_id = _authorised(event, route, account_exists)
    body = _body(event, route, headers) if route.method in _WITH_BODY else b""
    return Request(
        route=route,
        account_id=account_id,
        path=path,
        raw_query=event.get("rawQueryString", ""),
        body=body,
        headers=headers,
        raw_path=event.get("rawPath", ""),
        now=datetime.fromtimestamp(now_s, UTC),
        key_id=((event["requestContext"].get("authorizer") or {}).get("lambda") or {}).get("key_id") or "",
    )


def _authorised(event: Mapping[str, Any], route: HttpRoute, account_exists: AccountCheck | None) -> str:
    """The caller's account id, from the authorizer's context or from `company_id`; else 401 or 403."""
    if route.auth is Auth.OPEN:
        return ""
    if route.auth is Auth.PUBLIC:
        company = Params(event.get("rawQueryString", "")).first("company_id")
        if not company:
            raise Rejected("company_id is required.", parameter="company_id")
        if account_exists is None or not account_exists(company):
            raise Rejected(f"No account has the company_id {company!r}.", parameter="company_id")
        return company
    context = (event["requestContext"].get("authorizer") or {}).get("lambda") or {}
    account_id: str = context.get("account_id") or ""
    if not account_id:
        missing = "authorization" not in event["headers"]
        raise Rejected(
            "Authentication credentials were not provided." if missing else "Incorrect authentication credentials.",
            status=401,
            code="not_authenticated" if missing else "authentication_failed",
            title="Authentication failed.",
        )
    granted = context.get("scopes", "").split()
    if lacking := [s for s in route.scopes if not _covers(granted, s)]:
        raise Rejected(
            f"This key lacks the scope {', '.join(lacking)}.",
            status=403,
            code="permission_denied",
            title="Permission denied.",
        )
    return account_id


def _covers(granted: list[str], scope: str) -> bool:
    resource, _, access = scope.partition(":")
    return (
        "*" in granted
        or scope in granted
        or f"{resource}:full" in granted
        or (access == "read" and ("*:read" in granted or f"{resource}:write" in granted))
    )


def _body(event: Mapping[str, Any], route: HttpRoute, headers: Mapping[str, str]) -> bytes:
    text = event.get("body")
    if not text:
        return b""
    media = headers.get("content-type", MEDIA_TYPE).split(";", 1)[0].strip().lower()
    if media not in _ACCEPTED_TYPES:
        raise Rejected(
            f"Content-Type {media!r} is not supported; send {MEDIA_TYPE} or application/json.",
            status=415,
            code="unsupported_media_type",
            title="Unsupported media type.",
        )
    body = base64.b64decode(text) if event.get("isBase64Encoded") else text.encode()
    encoding = headers.get("content-encoding", "identity").lower()
    if encoding == "gzip":
        body = _gunzip(body, route.max_body_bytes)
    elif encoding != "identity":
        raise Rejected(f"Content-Encoding {encoding!r} is not supported.", status=415, code="unsupported_media_type",
                       title="Unsupported media type.")
    if len(body) > route.max_body_bytes:
        raise _too_large(route.max_body_bytes)
    if event.get("isBase64Encoded") or encoding != "identity":  # else it was text on the way
        _check_utf8(body)
    return body


def _check_utf8(body: bytes) -> None:
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise Rejected(f"The body is not UTF-8: {error.reason}.", field="/") from error


def _gunzip(body: bytes, max_bytes: int) -> bytes:
    stream = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        plain = stream.decompress(body, max_bytes + 1)
    except zlib.error as error:
        raise Rejected(f"The body is not valid gzip: {error}.") from error
    if len(plain) > max_bytes or stream.unconsumed_tail:
        raise _too_large(max_bytes)
    if not stream.eof:
        raise Rejected("The gzip body ends too early.")
    return plain


def _too_large(max_bytes: int) -> Rejected:
    return Rejected(
        f"The body exceeds {max_bytes} bytes.", status=413, code="payload_too_large", title="Payload too large."
    )


def _told(meta: Mapping[str, Any]) -> dict[str, str]:
    """Headers that say what an error's meta says."""
    names = {"retry_after_s": "retry-after", "allow": "allow"}
    return {header: str(meta[name]) for name, header in names.items() if name in meta}


def _error(document: bytes, status: int, headers: dict[str, str]) -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": {"content-type": MEDIA_TYPE, **headers},
        "body": document.decode(),
        "isBase64Encoded": False,
    }


def _answer(response: Response, limit_headers: dict[str, str]) -> dict[str, Any]:
    headers = {**limit_headers, **response.headers}
    body = response.body or ""
    if response.document is not None:
        headers.setdefault("content-type", MEDIA_TYPE)
        body = msgspec.json.encode(response.document).decode()
    return {"statusCode": response.status, "headers": headers, "body": body, "isBase64Encoded": False}
