"""The client does its work: these are the positive controls of the attacks beside them."""

from __future__ import annotations

import gzip
import socket
import threading
import zlib
from pathlib import Path

import pytest

from cdp.outbound.client import PolicedClient
from cdp.ports.outbound import Forbidden, OutboundRequest, OutboundResponse, Unreachable
from tests.unit.outbound.servers import HOOKS, OK, PUBLIC, Authority, Net, Visits, always, get, serving


def answer(headers: str, body: bytes, status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body


def chunked(*parts: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (*parts, b""))


def to(visits: Visits) -> Net:
    return Net({HOOKS: [[PUBLIC]]}, {PUBLIC: visits.port})


def test_a_request_over_tls_to_the_name_it_was_made_for(authority: Authority) -> None:
    with serving(always(OK), authority.server(HOOKS)) as visits:
        net = to(visits)
        client = PolicedClient(resolve=net.resolve, connect=net.connect, trust=authority.trust)
        body = b'{"data":[]}'
        request = OutboundRequest(
            "post", f"https://{HOOKS}/in?a=1#x", (("Content-Type", "application/json"), ("webhook-id", "e1")), body
        )
        for _ in range(3):
            assert client.send(request) == OutboundResponse(200, (), b"ok", f"https://{HOOKS}/in?a=1")
        client.close()
    assert visits.requests[0] == visits.requests[2]
    head, _, sent = visits.requests[0].partition(b"\r\n\r\n")
    assert sent == body
    assert head.split(b"\r\n") == [
        b"POST /in?a=1 HTTP/1.1", b"Host: hooks.example.com", b"Accept-Encoding: gzip, deflate", b"User-Agent: Regulars/1",
        b"Accept: */*", b"Content-Length: 11", b"Content-Type: application/json", b"webhook-id: e1",
    ]  # fmt: skip
    assert visits.connections == 1  # kept, and its name looked up once
    assert net.looked_up == [HOOKS]
    assert net.connected == [f"{PUBLIC}:443"]


@pytest.mark.parametrize("fault", ["another name", "its own authority", "nobody trusted"])
def test_a_certificate_that_is_not_valid(authority: Authority, fault: str) -> None:
    names = {"another name": "other.example.com"}
    with serving(always(OK), authority.server(names.get(fault, HOOKS), signed=fault != "its own authority")) as visits:
        net = to(visits)
        trust = {} if fault == "nobody trusted" else {"trust": authority.trust}
        client = PolicedClient(resolve=net.resolve, connect=net.connect, **trust)
        with pytest.raises(Unreachable, match=r"certificate of hooks\.example\.com is not valid"):
            get(client, f"https://{HOOKS}/")
    assert visits.requests == []


def test_no_tls_at_all(authority: Authority) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    net = Net({HOOKS: [[PUBLIC]]}, {PUBLIC: listener.getsockname()[1]})

    def talk_plainly() -> None:
        made, _ = listener.accept()
        with made:
            made.recv(10)
            made.sendall(OK)

    thread = threading.Thread(target=talk_plainly, daemon=True)
    thread.start()
    with pytest.raises(Unreachable, match="does not speak TLS"):
        get(PolicedClient(resolve=net.resolve, connect=net.connect, trust=authority.trust), f"https://{HOOKS}/")
    thread.join()
    listener.close()


@pytest.mark.parametrize(
    ("sent", "status", "body"),
    [
        (answer("", b"x", "404 Not Found"), 404, b"x"),
        (answer("", b"", "204 No Content"), 204, b""),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
        (b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK, 200, b"ok"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(b"a" * 100, b"b"), 200, b"a" * 100 + b"b"),
        (answer("Content-Encoding: gzip\r\n", gzip.compress(b"body")), 200, b"body"),
        (answer("Content-Encoding: x-gzip\r\n", gzip.compress(b"")), 200, b""),
        (answer("Content-Encoding: deflate\r\n", zlib.compress(b"body")), 200, b"body"),
        (answer("Content-Encoding: deflate\r\n", zlib.compress(b"body", wbits=-15)), 200, b"body"),
        (answer("Content-Encoding: identity\r\n", b"body"), 200, b"body"),
        (answer("", b"z" * 1000), 200, b"z" * 1000),
        (answer("Content-Encoding: gzip\r\n", gzip.compress(b"z" * 1000)), 200, b"z" * 1000),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n"
         + chunked(*[bytes([byte]) for byte in gzip.compress(b"bytewise")]), 200, b"bytewise"),
    ],
    ids=lambda value: str(value)[:30] if isinstance(value, int) else "",
)  # fmt: skip
def test_answers_of_all_kinds(sent: bytes, status: int, body: bytes) -> None:
    """`max_bytes` is what the largest of them has, to the byte."""
    with serving(always(sent)) as visits:
        client = PolicedClient(allow_loopback=True)
        for _ in range(2):
            got = get(client, visits.url, max_bytes=1000)
            assert (got.status, got.body) == (status, body)
        client.close()
    assert visits.connections == 1


def test_an_answer_that_ends_with_its_connection() -> None:
    with serving(always(b"HTTP/1.1 200 OK\r\n\r\nto the end", keep=False)) as visits:
        client = PolicedClient(allow_loopback=True)
        assert [get(client, visits.url).body for _ in range(2)] == [b"to the end"] * 2
    assert visits.connections == 2


def test_headers_of_the_answer_are_those_of_what_is_handed_over() -> None:
    wire = "Connection: keep-alive\r\nContent-Encoding: gzip\r\n"
    told = "Content-Type: text/plain\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Umlaut: \xfc\r\n"
    sent = f"HTTP/1.1 200 OK\r\n{wire}{told}".encode("latin-1")
    packed = gzip.compress(b"x")
    with serving(always(sent + f"Content-Length: {len(packed)}\r\n\r\n".encode() + packed)) as visits:
        got = get(client := PolicedClient(allow_loopback=True), visits.url)
        client.close()
    assert got.headers == (
        ("content-type", "text/plain"), ("set-cookie", "a=1"), ("set-cookie", "b=2"), ("x-umlaut", "\xfc"),
    )  # fmt: skip


def test_head_has_no_body_whatever_it_says() -> None:
    with serving(always(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n")) as visits:
        client = PolicedClient(allow_loopback=True)
        assert client.send(OutboundRequest("HEAD", visits.url)).body == b""
        assert client.send(OutboundRequest("HEAD", visits.url)).body == b""
        client.close()
    assert visits.connections == 1


def test_a_large_body_goes_out_whole() -> None:
    body = bytes(range(256)) * 8192
    with serving(always(OK)) as visits:
        client = PolicedClient(allow_loopback=True)
        assert client.send(OutboundRequest("PUT", visits.url, (), body)).status == 200
        client.close()
    assert visits.requests[0].partition(b"\r\n\r\n")[2] == body


def test_the_next_address_is_tried_when_one_refuses(authority: Authority) -> None:
    with serving(always(OK), authority.server(HOOKS)) as visits:
        net = Net({HOOKS: [["2606:4700:4700::1111", "8.8.8.8", PUBLIC]]}, {PUBLIC: visits.port})
        client = PolicedClient(resolve=net.resolve, connect=net.connect, trust=authority.trust)
        assert get(client, f"https://{HOOKS}/").body == b"ok"
        client.close()
    assert net.connected == ["2606:4700:4700::1111:443", "8.8.8.8:443", f"{PUBLIC}:443"]


def test_names_and_ports_that_do_not_answer() -> None:
    free = socket.create_server(("127.0.0.1", 0))
    port = free.getsockname()[1]
    free.close()
    with pytest.raises(Unreachable, match="refuses connections"):
        get(PolicedClient(allow_loopback=True), f"http://127.0.0.1:{port}/")
    net = Net({"empty.example.com": [[]]}, {})
    client = PolicedClient(resolve=net.resolve, connect=net.connect)
    for host in ("nowhere.example.com", "empty.example.com"):
        with pytest.raises(Unreachable, match="was not found"):
            get(client, f"https://{host}/")


def test_redirects_are_followed_as_far_as_allowed() -> None:
    def lead_on(connection: socket.socket, request: bytes, _visits: Visits) -> bool:
        step = int(request.split(b" ")[1].removeprefix(b"/"))
        connection.sendall(OK if step == 3 else answer(f"Location: {step + 1}\r\n", b"moved", "302 Found"))
        return True

    with serving(lead_on) as visits:
        client = PolicedClient(allow_loopback=True)
        got = get(client, f"{visits.url}0", redirects=3)
        assert (got.status, got.body, got.url) == (200, b"ok", f"{visits.url}3")
        with pytest.raises(Unreachable, match="more than 2 times"):
            get(client, f"{visits.url}0", redirects=2)
        got = get(client, f"{visits.url}0")  # none: the answer itself
        assert (got.status, got.body, dict(got.headers)["location"]) == (302, b"moved", "1")
        client.close()


@pytest.mark.parametrize(
    ("status", "method", "then"),
    [
        (301, "POST", "GET"), (302, "POST", "GET"), (303, "POST", "GET"), (303, "PUT", "GET"), (303, "HEAD", "HEAD"),
        (307, "POST", "POST"), (308, "POST", "POST"), (301, "PUT", "PUT"), (302, "GET", "GET"),
    ],
)  # fmt: skip
def test_what_a_redirect_makes_of_the_request(status: int, method: str, then: str) -> None:
    def lead_on(connection: socket.socket, request: bytes, _visits: Visits) -> bool:
        first = request.split(b" ")[1] == b"/a"
        sent = answer("Location: /b\r\n", b"", f"{status} X") if first else answer("", b"")
        connection.sendall(sent)
        return True

    with serving(lead_on) as visits:
        client = PolicedClient(allow_loopback=True)
        headers = (("Content-Type", "text/plain"), ("Authorization", "Bearer x"))
        assert client.send(OutboundRequest(method, f"{visits.url}a", headers, b"body", redirects=1)).status == 200
        client.close()
    head, _, body = visits.requests[1].partition(b"\r\n\r\n")
    assert head.startswith(f"{then} /b ".encode())
    kept = status in (307, 308) or (then != "GET" and then == method and status != 303) or method == "HEAD"
    assert body == (b"body" if kept else b"") or method == "GET"
    assert (b"Content-Type" in head) == (kept or method == "GET")
    assert b"Authorization: Bearer x" in head  # the same origin


def test_many_threads_at_a_time() -> None:
    def echo(connection: socket.socket, request: bytes, _visits: Visits) -> bool:
        connection.sendall(answer("", request.partition(b"\r\n\r\n")[2]))
        return True

    with serving(echo) as visits:
        client = PolicedClient(allow_loopback=True)
        wrong: list[bytes] = []

        def ask(name: int) -> None:
            for number in range(40):
                body = f"{name}-{number}".encode()
                got = client.send(OutboundRequest("POST", visits.url, (), body)).body
                wrong.extend([got] if got != body else [])

        threads = [threading.Thread(target=ask, args=(name,), daemon=True) for name in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        client.close()
    assert wrong == []
    assert len(visits.requests) == 320
    assert visits.connections <= 8


def hang_up_on_second(connection: socket.socket, _request: bytes, visits: Visits) -> bool:
    """Keeps the first connection open until its second request has come."""
    if visits.connections == 1 and len(visits.requests) > 1:
        return False
    connection.sendall(OK)
    return True


@pytest.mark.parametrize(("method", "headers"), [("GET", ()), ("PUT", ()), ("POST", (("webhook-id", "e1"),))])
def test_a_kept_connection_that_is_over_is_made_anew(method: str, headers: tuple[tuple[str, str], ...]) -> None:
    with serving(hang_up_on_second) as visits:
        client = PolicedClient(allow_loopback=True)
        for _ in range(2):
            assert client.send(OutboundRequest(method, visits.url, headers)).body == b"ok"
        client.close()
    assert visits.connections == 2
    assert len(visits.requests) == 3


def test_but_a_request_that_may_have_been_done_is_not_repeated() -> None:
    with serving(hang_up_on_second) as visits:
        client = PolicedClient(allow_loopback=True)
        assert client.send(OutboundRequest("POST", visits.url)).body == b"ok"
        with pytest.raises(Unreachable, match="closed before an answer"):
            client.send(OutboundRequest("POST", visits.url))
        client.close()
    assert len(visits.requests) == 2


def test_nor_one_whose_answer_had_begun() -> None:
    def half(connection: socket.socket, _request: bytes, visits: Visits) -> bool:
        connection.sendall(OK if len(visits.requests) == 1 else OK[:20])
        return len(visits.requests) == 1

    with serving(half) as visits:
        client = PolicedClient(allow_loopback=True)
        assert get(client, visits.url).body == b"ok"
        with pytest.raises(Unreachable, match="before the answer was whole"):
            get(client, visits.url)
    assert len(visits.requests) == 2


def test_an_answer_before_the_whole_request_was_read() -> None:
    """As of a server that finds a body too large."""

    def too_large(connection: socket.socket, _request: bytes, _visits: Visits) -> bool:
        return False

    listener = socket.create_server(("127.0.0.1", 0))

    def refuse() -> None:
        made, _ = listener.accept()
        with made:
            made.recv(100)
            made.sendall(answer("Connection: close\r\n", b"no", "413 Too Large"))
            made.shutdown(socket.SHUT_WR)
            while made.recv(65536):  # so that the system does not reset what was sent
                pass

    thread = threading.Thread(target=refuse, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    got = PolicedClient(allow_loopback=True).send(OutboundRequest("POST", url, (), b"x" * 3_000_000))
    assert (got.status, got.body) == (413, b"no")
    thread.join()
    listener.close()


def test_the_environment_is_not_asked(
    monkeypatch: pytest.MonkeyPatch, authority: Authority, tmp_path: Path
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1/")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.written(tmp_path / "ca.crt")))
    with serving(always(OK)) as visits:
        client = PolicedClient(allow_loopback=True)
        assert get(client, visits.url).body == b"ok"
        client.close()
    with serving(always(OK), authority.server(HOOKS)) as visits:
        net = to(visits)
        with pytest.raises(Unreachable, match="certificate"):
            get(PolicedClient(resolve=net.resolve, connect=net.connect), f"https://{HOOKS}/")


def test_a_list_of_hosts_comes_before_names() -> None:
    net = Net({HOOKS: [[PUBLIC]]}, {})
    client = PolicedClient(resolve=net.resolve, connect=net.connect, hosts=["api.example.com"])
    with pytest.raises(Forbidden, match="list of allowed hosts"):
        get(client, f"https://{HOOKS}/")
    assert net.looked_up == []
    with pytest.raises(Unreachable):
        get(client, "https://api.example.com/")
    assert net.looked_up == ["api.example.com"]
