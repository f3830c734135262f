"""The front of a room: authentication, scopes, media types, sizes, limits, faults, all as error documents."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import msgspec
import pytest

from cdp.adapters.embedded.limits import MemoryLimits
from cdp.errors import Rejected, Unavailable
from cdp.jsonapi.front import Request, Response, serve
from cdp.jsonapi.throttle import Throttle
from cdp.spec import Auth, FunctionSpec, HttpRoute, Limit
from tests.unit.calls import Caller

SPEC = FunctionSpec(
    name="things",
    description="",
    settings=object,
    routes=(
        HttpRoute("GET", "/api/things", ("things:read",), Limit.XS),
        HttpRoute("POST", "/api/things", ("things:write", "lists:write"), Limit.S, max_body_bytes=100),
        HttpRoute("POST", "/client/things", (), Limit.S, Auth.PUBLIC),
        HttpRoute("GET", "/open", auth=Auth.OPEN, limit=Limit.NONE),
    ),
)
_any = msgspec.json.Decoder(dict[str, int])


def room(
    work: Callable[[Request], Response] = lambda request: Response(document={"data": request.account_id}),
    factor: int = 0,
    now: Callable[[], float] = lambda: 1_800_000_000.0,
) -> Caller:
    handler = serve(
        SPEC,
        {route.key: work for route in SPEC.routes},
        throttle=Throttle(MemoryLimits(), factor),
        account_exists=lambda id_: id_ == "ABC234",
        clock=now,
    )
    return Caller(handler, SPEC)


def test_an_answer_has_the_media_type_and_limits() -> None:
    answer = room().get("/api/things")
    assert (answer.status, answer.data) == (200, "ABC234")
    assert answer.headers["content-type"] == "application/vnd.api+json"
    assert answer.headers["ratelimit-limit"] == "10, 10;w=1, 150;w=60"


def test_no_key_and_a_wrong_key() -> None:
    caller = room()
    caller.account_id = ""
    error = caller.get("/api/things").error
    assert (error["status"], error["code"]) == (401, "authentication_failed")
    event_headers = {"authorization": "Bearer nothing"}
    assert caller("GET", "/api/things", headers=event_headers).error["code"] == "authentication_failed"


def test_no_authorization_header_is_not_authenticated() -> None:
    handler = room().handler
    event = {
        "routeKey": "GET /api/things",
        "headers": {"host": "x"},
        "requestContext": {"authorizer": {"lambda": {"account_id": "", "scopes": ""}}},
    }
    answer = handler(event)
    error = msgspec.json.decode(answer["body"])["errors"][0]
    assert (answer["statusCode"], error["code"]) == (401, "not_authenticated")


@pytest.mark.parametrize(
    ("scopes", "read", "write"),
    [
        ("*", 200, 200),
        ("things:read", 200, 403),
        ("things:write", 200, 403),
        ("things:write lists:write", 200, 200),
        ("things:full lists:full", 200, 200),
        ("lists:write", 403, 403),
        ("*:read", 200, 403),
        ("", 403, 403),
    ],
)
def test_scopes(scopes: str, read: int, write: int) -> None:
    caller = room()
    caller.scopes = scopes
    assert caller.get("/api/things").status == read
    answer = caller("POST", "/api/things", {})
    assert answer.status == write
    if write == 403:
        assert answer.error["code"] == "permission_denied"


def test_company_id_names_the_account() -> None:
    caller = room()
    caller.account_id = ""
    assert caller("POST", "/client/things?company_id=ABC234", {}).data == "ABC234"
    for url in ("/client/things", "/client/things?company_id=ZZZ999"):
        assert caller("POST", url, {}).error["source"] == {"parameter": "company_id"}
    assert caller.get("/open").status == 200


def test_limits_per_second_and_minute() -> None:
    now = [1_800_000_000.0]
    caller = room(factor=1, now=lambda: now[0])
    first = caller.get("/api/things")
    assert (first.headers["ratelimit-remaining"], first.headers["ratelimit-reset"]) == ("14", "60")
    second = caller.get("/api/things")
    assert (second.error["status"], second.error["code"]) == (429, "throttled")
    assert second.headers["retry-after"] == "1"
    assert "ratelimit-limit" not in second.headers
    statuses = []
    for _ in range(15):
        now[0] += 1
        statuses.append(caller.get("/api/things").status)
    assert statuses == [200] * 13 + [429] * 2
    now[0] += 60
    assert caller.get("/api/things").status == 200
    other = room(factor=1, now=lambda: now[0])
    assert other.get("/api/things").status == 200


@pytest.mark.parametrize(
    ("headers", "body", "status", "code"),
    [
        ({"content-type": "application/xml"}, b"<a/>", 415, "unsupported_media_type"),
        ({"content-encoding": "br"}, b"{}", 415, "unsupported_media_type"),
        ({}, b" " * 101, 413, "payload_too_large"),
        ({"content-encoding": "gzip"}, gzip.compress(b" " * 101), 413, "payload_too_large"),
        ({"content-encoding": "gzip"}, b"not gzip", 400, "invalid"),
        ({"content-encoding": "gzip"}, gzip.compress(b"{}")[:-4], 400, "invalid"),
        ({}, b'{"a":"x"}', 400, "invalid"),
        ({}, b"\xff", 400, "invalid"),
        ({}, b"[" * 100, 400, "invalid"),
    ],
)
def test_bad_bodies(headers: dict[str, str], body: bytes, status: int, code: str) -> None:
    caller = room(lambda request: Response(document={"data": request.decode(_any)}))
    error = caller("POST", "/api/things", body, headers=headers).error
    assert (error["status"], error["code"]) == (status, code)


def test_good_bodies() -> None:
    caller = room(lambda request: Response(document={"data": request.decode(_any)}))
    for media in ("application/json", "application/vnd.api+json", "APPLICATION/JSON;charset=utf-8"):
        assert caller("POST", "/api/things", b'{"a":1}', headers={"content-type": media}).data == {"a": 1}
    packed = gzip.compress(b'{"a":1}')
    assert caller("POST", "/api/things", packed, headers={"content-encoding": "gzip"}).data == {"a": 1}


def raising(error: Exception) -> Callable[[Request], Response]:
    def work(request: Request) -> Response:
        raise error

    return work


def test_a_fault_that_passes_is_503_with_retry_after() -> None:
    answer = room(raising(Unavailable("the disk is full", retry_after_s=7))).get("/api/things")
    assert (answer.error["status"], answer.error["code"]) == (503, "service_unavailable")
    assert answer.headers["retry-after"] == "7"


def test_a_bug_is_500_and_tells_nothing() -> None:
    answer = room(raising(ValueError("secret detail"))).get("/api/things")
    assert (answer.error["status"], answer.error["code"]) == (500, "error")
    assert "secret" not in str(answer.document)


def test_a_conflict_carries_its_meta() -> None:
    conflict = Rejected("taken", status=409, code="duplicate_profile", meta={"duplicate_profile_id": "P"})
    error = room(raising(conflict)).get("/api/things").error
    assert (error["status"], error["meta"]) == (409, {"duplicate_profile_id": "P"})


def test_links_follow_the_forwarded_host() -> None:
    caller = room(lambda request: Response(document={"data": request.base_url}))
    assert caller.get("/api/things").data == "https://shop.example:8443"
    caller.headers = {"x-forwarded-host": "a.klaviyo.com, inner", "x-forwarded-proto": "http,https"}
    assert caller.get("/api/things").data == "http://a.klaviyo.com"


def test_operations_and_routes_must_agree() -> None:
    with pytest.raises(LookupError):
        serve(SPEC, {}, throttle=Throttle(MemoryLimits(), 0))
