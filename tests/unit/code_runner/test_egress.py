"""What a call may ask of the world, and what it is told; against a server on this machine."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from cdp.code.hops import HOPS_HEADER, SOURCE_HEADER
from cdp.code.job import Job, Limits, Platform
from functions.code_runner.egress import Egress
from tests.unit.code_runner.jobs import job, ways
from tests.unit.outbound.servers import OK, Visits, always, serving


@pytest.fixture(scope="module")
def server() -> Iterator[Visits]:
    with serving(always(OK.replace(b"\r\n\r\n", b"\r\nX-Two: 2\r\n\r\n"))) as visits:
        yield visits


@pytest.fixture(autouse=True)
def fresh(server: Visits) -> None:
    server.requests.clear()


def egress(given: Job | None = None, *, allow_loopback: bool = True, left_s: float = 5.0, hops: int = 0) -> Egress:
    return Egress(given or job(), ways(allow_loopback=allow_loopback), time.monotonic() + left_s, hops)


def ask(way: Egress, url: str, method: str = "GET", **others: Any) -> dict[str, Any]:
    reply: dict[str, Any] = json.loads(way.answer(json.dumps({"method": method, "url": url, **others}).encode()))
    return reply


def at_home(server: Visits, key: str = "pk_secret") -> Job:
    return job(platform=Platform(f"http://127.0.0.1:{server.port}", key))


def test_a_request_goes_out_and_its_answer_comes_back(server: Visits) -> None:
    way = egress()
    body = base64.b64encode(b"\x00\xff").decode()
    reply = ask(way, server.url + "path?a=b", "post", headers=[["X-One", "1"]], body=body, timeout_s=None)
    assert (reply["status"], base64.b64decode(reply["body"]), reply["url"]) == (200, b"ok", server.url + "path?a=b")
    assert reply["headers"] == [["x-two", "2"]]
    (request,) = server.requests
    assert request.startswith(b"POST /path?a=b HTTP/1.1\r\n")
    assert b"\r\nX-One: 1\r\n" in request
    assert request.endswith(b"\r\n\r\n\x00\xff")
    (made,) = way.made
    assert (made.method, made.url, made.status, made.failure) == ("post", server.url + "path?a=b", 200, None)


def test_headers_may_have_letters_of_latin_1(server: Visits) -> None:
    """The policy lets them pass, so they go out; once they brought the parent down, and with it the whole job."""
    assert ask(egress(), server.url, headers=[["X-Name", "Zo\u00eb \u0080\u00ff"]])["status"] == 200
    assert b"\r\nX-Name: Zo\xeb \x80\xff\r\n" in server.requests[0]


@pytest.mark.parametrize(
    "said",
    [
        b"", b"{", b"[]", b"7", b"\xff", b'{"url": "https://example.com/"}', b'{"method": 1, "url": "https://example.com/"}',
        b'{"method": "GET", "url": "https://example.com/", "headers": [["a"]]}', b"[" * 100_000,
        b'{"method": "GET", "url": "https://example.com/", "body": "%%%"}',
        b'{"method": "GET", "url": "https://example.com/", "redirects": "x"}',
    ],
)  # fmt: skip
def test_what_is_no_request_is_refused_and_counted(said: bytes) -> None:
    way = egress()
    reply = json.loads(way.answer(said))
    assert reply["kind"] == "forbidden"
    assert [made.status for made in way.made] == [0]


@pytest.mark.parametrize("url", ["https://127.0.0.1/", "http://example.com/", "https://169.254.169.254/latest/", "file:///etc/passwd"])
def test_the_policy_has_the_last_word(url: str) -> None:
    way = egress(allow_loopback=False)
    reply = ask(way, url)
    assert (reply["kind"], "status" in reply) == ("forbidden", False)
    assert way.made[0].failure == reply["error"]


def test_this_machine_is_out_of_reach_unless_it_is_allowed(server: Visits) -> None:
    assert ask(egress(allow_loopback=False), server.url)["kind"] == "forbidden"
    assert server.requests == []


def test_a_call_makes_so_many_requests_and_no_more(server: Visits) -> None:
    way = egress(job(limits=Limits(requests=3)))
    kinds = [ask(way, server.url).get("kind") for _ in range(5)]
    assert kinds == [None, None, None, "limit", "limit"]
    assert (len(way.made), len(server.requests)) == (3, 3)


def test_bodies_have_an_end() -> None:
    way = egress(job(limits=Limits(answer_bytes=100)))
    assert ask(way, "https://example.com/", body=base64.b64encode(bytes(101)).decode())["kind"] == "limit"
    assert ask(way, "https://example.com/" + "a" * 8000)["kind"] == "limit"
    assert ask(way, "https://example.com/", headers=[["a", "b"]] * 101)["kind"] == "limit"


def test_answers_have_an_end() -> None:
    with serving(always(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + bytes(1000), keep=False)) as visits:
        assert ask(egress(job(limits=Limits(answer_bytes=999))), visits.url)["kind"] == "unreachable"
        assert ask(egress(job(limits=Limits(answer_bytes=1000))), visits.url)["status"] == 200


def test_a_request_ends_with_the_call() -> None:
    with serving(always(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")) as visits:
        way = egress(left_s=0.2)
        began = time.monotonic()
        assert ask(way, visits.url, timeout_s=60)["kind"] == "unreachable"
        assert time.monotonic() - began < 5
        assert ask(way, visits.url)["error"] == "The time of the call is over."
        assert len(visits.requests) == 1


def test_the_guest_may_want_less_time() -> None:
    with serving(always(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")) as visits:
        way = egress(left_s=30)
        assert ask(way, visits.url, timeout_s=0.1)["kind"] == "unreachable"
        assert way.made[0].duration_ms < 10_000


def test_redirects_are_followed_as_far_as_the_guest_wants() -> None:
    moved = always(b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n")
    with serving(moved) as visits:
        assert ask(egress(), visits.url, redirects=0)["status"] == 302
        assert ask(egress(), visits.url, redirects=3)["kind"] == "unreachable"
        assert len(visits.requests) == 5


class TestAtHome:
    def test_the_key_is_added_and_the_hops_are_counted(self, server: Visits) -> None:
        reply = ask(egress(at_home(server), hops=2, allow_loopback=False), "/api/profiles?page=2", "get", platform=True)
        assert (reply["status"], reply["url"]) == (200, "/api/profiles?page=2")
        head = server.requests[0].lower()
        for line in (b"get /api/profiles?page=2 http/1.1", b"authorization: klaviyo-api-key pk_secret",
                     f"{SOURCE_HEADER}: fn0001".encode(), f"{HOPS_HEADER}: 3".encode(), b"revision: 20"):  # fmt: skip
            assert line in head
        assert b"pk_secret" not in json.dumps(reply).encode()

    def test_of_the_guest_s_headers_only_a_few_are_borne(self, server: Visits) -> None:
        headers = [["Authorization", "Bearer x"], ["Revision", "2024-10-15"], ["Content-Type", "application/json"],
                   [HOPS_HEADER, "0"], ["X-Source-Function", "other"], ["Cookie", "c"]]  # fmt: skip
        ask(egress(at_home(server)), "/api/events", "POST", platform=True, headers=headers, body="e30=")
        head = server.requests[0].lower()
        assert b"revision: 2024-10-15\r\n" in head
        assert b"content-type: application/json\r\n" in head
        assert head.count(b"authorization:") == head.count(HOPS_HEADER.encode()) == head.count(b"revision:") == 1
        assert b"cookie" not in head
        assert f"{HOPS_HEADER}: 1\r\n".encode() in head

    @pytest.mark.parametrize(
        "path",
        [
            "", "/", "/health", "api/profiles", "//example.com/api/", "/api", "https://example.com/api/", "@example.com/api/",
            "/api/../health", "/api/%2e%2e/health", "/api/%2E./health", "/api/.", "/api//x", "/api/x y", "/api/x\r\nA: b", "/api/\\x",
            "/api/#x", "/api/é", "/api/x@y", ".example.com/api/", ":80/api/", "/API/profiles",
        ],
    )  # fmt: skip
    def test_it_is_a_path_below_api_and_nothing_else(self, server: Visits, path: str) -> None:
        assert ask(egress(at_home(server)), path, platform=True)["kind"] == "forbidden"
        assert server.requests == []

    def test_redirects_are_not_followed(self) -> None:
        with serving(always(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n")) as visits:
            assert ask(egress(at_home(visits)), "/api/x", platform=True, redirects=5)["status"] == 302
            assert len(visits.requests) == 1

    def test_without_a_platform_there_is_none(self) -> None:
        assert ask(egress(), "/api/x", platform=True)["kind"] == "forbidden"

    def test_who_goes_there_the_long_way_is_counted_as_well(self, server: Visits) -> None:
        """A function with a key of its own in its environment is a link of the chain too."""
        ask(egress(at_home(server), hops=4), server.url + "api/events", "POST", headers=[["X-Function-Hops", "0"]])
        assert f"{HOPS_HEADER}: 5\r\n".encode() in server.requests[0]
        assert b"pk_secret" not in server.requests[0]
        assert server.requests[0].lower().count(HOPS_HEADER.encode()) == 1


class TestDry:
    def trial(self, server: Visits, **recorded: Any) -> Egress:
        raw = {name: msgspec.Raw(json.dumps(value).encode()) for name, value in recorded.items()}
        return egress(job(dry=True, recorded=raw, platform=Platform(f"http://127.0.0.1:{server.port}", "pk_secret")))

    def test_nothing_goes_out(self, server: Visits) -> None:
        way = self.trial(server)
        assert ask(way, server.url)["kind"] == "forbidden"
        assert ask(way, "/api/profiles", platform=True)["kind"] == "forbidden"
        assert server.requests == []
        assert [made.status for made in way.made] == [0, 0]

    def test_what_is_recorded_answers(self, server: Visits) -> None:
        way = self.trial(server, **{
            "POST https://example.com/a": {"status": 201, "headers": {"x-a": "b"}, "body": "text"},
            "GET https://example.com/j": {"body": {"a": [1]}},
            "PATCH /api/profiles/1": {"status": 200, "body": {"data": None}},
        })  # fmt: skip
        first = ask(way, "https://example.com/a", "post")
        assert (first["status"], first["headers"], base64.b64decode(first["body"])) == (201, [["x-a", "b"]], b"text")
        assert base64.b64decode(ask(way, "https://example.com/j")["body"]) == b'{"a": [1]}'
        assert ask(way, "/api/profiles/1", "PATCH", platform=True)["status"] == 200
        assert ask(way, "https://example.com/j", "PUT")["kind"] == "forbidden"
        assert server.requests == []

    @pytest.mark.parametrize("recorded", [7, "text", {"status": "x"}, {"headers": []}])
    def test_what_is_recorded_wrongly_is_said(self, server: Visits, recorded: Any) -> None:
        reply = ask(self.trial(server, **{"GET https://example.com/": recorded}), "https://example.com/")
        assert "cannot be read" in reply["error"]

    @pytest.mark.parametrize("recorded", [b'{"headers": {"a": "\xff"}}', b'{"body": "\xff"}', b'{"body": ' + b"[" * 5000 + b"]" * 5000 + b"}"])
    def test_and_so_is_what_is_no_text_or_too_deep(self, server: Visits, recorded: bytes) -> None:
        """As the request of a test handed it in: nobody has looked into it before."""
        way = egress(job(dry=True, recorded={"GET https://example.com/": msgspec.Raw(recorded)}))
        assert "cannot be read" in ask(way, "https://example.com/")["error"]
        assert [made.status for made in way.made] == [0]
