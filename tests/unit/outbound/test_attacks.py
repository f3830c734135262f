"""What hostile names and slow servers try. Each has its control: what a harmless one gets with the same means."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable

import pytest

from cdp.outbound.client import PolicedClient
from cdp.outbound.names import MOST_LOOKUPS, MOST_OF_SHARE
from cdp.ports.outbound import Forbidden, OutboundRequest, Unreachable
from tests.unit.outbound.servers import (
    HOOKS,
    OK,
    PUBLIC,
    Answer,
    Authority,
    Net,
    Visits,
    always,
    get,
    serving,
)

SECOND = "8.8.8.8"
INNER = (
    "127.0.0.1", "169.254.169.254", "169.254.170.2", "10.0.0.5", "172.16.0.1", "192.168.1.1", "100.100.100.200", "0.0.0.0",
    "168.63.129.16", "192.0.2.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "::ffff:127.0.0.1",
    "::ffff:a9fe:a9fe", "::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::7f00:1", "2002:7f00:1::", "2001:0:4136:e378::1",
    "fd00:ec2::254", "fe80::1", "fe80::1%lo", "fec0::1", "ff02::1", "not an address", "",
)  # fmt: skip


@pytest.fixture
def secure(authority: Authority) -> Callable[[Net], PolicedClient]:
    return lambda net: PolicedClient(resolve=net.resolve, connect=net.connect, trust=authority.trust)


@pytest.mark.parametrize("inner", INNER)
def test_a_name_of_an_inner_address(inner: str, secure: Callable[[Net], PolicedClient]) -> None:
    net = Net({HOOKS: [[inner]]}, {inner: 1})
    with pytest.raises(Forbidden, match="not a public one"):
        get(secure(net), f"https://{HOOKS}/")
    assert net.connected == []


@pytest.mark.parametrize("answers", [[PUBLIC, "10.0.0.5"], ["10.0.0.5", PUBLIC], [PUBLIC] * 40 + ["::1"], ["::ffff:8.8.8.8", PUBLIC]])
def test_a_name_of_public_and_inner_addresses(answers: list[str], secure: Callable[[Net], PolicedClient]) -> None:
    net = Net({HOOKS: [answers]}, {PUBLIC: 1})
    with pytest.raises(Forbidden, match="not a public one"):
        get(secure(net), f"https://{HOOKS}/")
    assert net.connected == []


def test_a_name_that_changes_to_an_inner_address(authority: Authority, secure: Callable[[Net], PolicedClient]) -> None:
    """What was checked is what is connected to, without asking again; the next request is checked anew."""
    with serving(always(OK, keep=False), authority.server(HOOKS)) as visits:
        net = Net({HOOKS: [[PUBLIC], ["127.0.0.1"]]}, {PUBLIC: visits.port, "127.0.0.1": visits.port})
        client = secure(net)
        assert get(client, f"https://{HOOKS}/").body == b"ok"  # public first
        assert (net.looked_up, net.connected) == ([HOOKS], [f"{PUBLIC}:443"])
        with pytest.raises(Forbidden):
            get(client, f"https://{HOOKS}/")
    assert len(net.looked_up) == 2
    assert len(net.connected) == 1


def test_a_kept_connection_stays_where_it_was(authority: Authority, secure: Callable[[Net], PolicedClient]) -> None:
    with serving(always(OK), authority.server(HOOKS)) as visits:
        net = Net({HOOKS: [[PUBLIC], ["127.0.0.1"]]}, {PUBLIC: visits.port})
        client = secure(net)
        assert [get(client, f"https://{HOOKS}/").body for _ in range(3)] == [b"ok"] * 3
        client.close()
    assert net.looked_up == [HOOKS]


@pytest.mark.parametrize("peer", ["127.0.0.1", "169.254.169.254", SECOND])
def test_a_connection_that_leads_elsewhere(peer: str, authority: Authority, secure: Callable[[Net], PolicedClient]) -> None:
    """As through a machine between that translates addresses."""
    with serving(always(OK), authority.server(HOOKS)) as visits:
        net = Net({HOOKS: [[PUBLIC]]}, {PUBLIC: visits.port}, {PUBLIC: peer})
        with pytest.raises(Forbidden, match="not the address that was checked"):
            get(secure(net), f"https://{HOOKS}/")
    assert visits.requests == []


def test_without_a_disguise_this_machine_is_not_reached(authority: Authority) -> None:
    """The tests' own means: a plain socket to this machine is found out by its other end."""

    def plain(_address: str, _port: int, timeout_s: float) -> socket.socket:
        return socket.create_connection(("127.0.0.1", visits.port), timeout_s)

    with serving(always(OK), authority.server(HOOKS)) as visits:
        client = PolicedClient(resolve=lambda _host: [PUBLIC], connect=plain, trust=authority.trust)
        with pytest.raises(Forbidden, match="not the address that was checked"):
            get(client, f"https://{HOOKS}/")


@pytest.mark.parametrize(
    "location",
    [
        "https://169.254.169.254/latest/meta-data/iam/security-credentials/", "http://169.254.169.254/latest/api/token",
        "//169.254.169.254/", "https://[fd00:ec2::254]/latest/meta-data/", "http://127.0.0.1:9001/2018-06-01/runtime/invocation/next",
        "http://169.254.170.2/v2/credentials", "https://2852039166/", "https://0xa9fea9fe/", "https://169.254.43518/",
        "http://localhost/", "https://localhost/", "https://metadata.google.internal/computeMetadata/v1/", "file:///etc/passwd",
        "https://hooks.example.com:22/", "http://hooks.example.com/", "gopher://hooks.example.com/", "data:text/plain,x",
        "https://user:pw@hooks.example.com/", "https://inner.example.com/", "https://rebound.example.com/",
        "https://hooks.example.com\\@127.0.0.1/", "https://hooks.example.com\t.evil.com/", "https://[::ffff:127.0.0.1]/",
        "https://127.0.0.1#@hooks.example.com/", "https:127.0.0.1", "https:///127.0.0.1/", "https://%31%32%37.0.0.1/",
        "https://\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1/", "https://[::1", "https://[v1.x]/",
    ],
)  # fmt: skip
def test_a_redirect_to_where_nobody_may_go(
    location: str, authority: Authority, secure: Callable[[Net], PolicedClient]
) -> None:
    """The last two names are public until they are asked for: one inner, one by its second answer."""
    moved = f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode("latin-1")
    names = {HOOKS: [[PUBLIC]], "inner.example.com": [["10.0.0.5"]], "rebound.example.com": [[PUBLIC, "fd00:ec2::254"]]}
    with serving(always(moved), authority.server(HOOKS)) as visits:
        net = Net(names, {PUBLIC: visits.port})
        client = secure(net)
        with pytest.raises(Forbidden):
            get(client, f"https://{HOOKS}/", redirects=3)
        assert get(client, f"https://{HOOKS}/").status == 302  # the control: it is the redirect that is refused
        client.close()
    assert net.connected == [f"{PUBLIC}:443"] * visits.connections


def test_from_https_nothing_leads_to_this_machine_even_where_that_is_allowed(authority: Authority) -> None:
    with serving(always(OK)) as inner:
        moved = f"HTTP/1.1 307 X\r\nLocation: {inner.url}\r\nContent-Length: 0\r\n\r\n".encode()
        with serving(always(moved, keep=False), authority.server(HOOKS)) as visits:
            net = Net({HOOKS: [[PUBLIC]]}, {PUBLIC: visits.port})
            client = PolicedClient(allow_loopback=True, resolve=net.resolve, connect=net.connect, trust=authority.trust)
            with pytest.raises(Forbidden, match="from https to http"):
                get(client, f"https://{HOOKS}/", redirects=1)
            client.close()
    assert inner.requests == []


def test_secrets_do_not_follow_to_another_origin(authority: Authority, secure: Callable[[Net], PolicedClient]) -> None:
    other = "other.example.com"
    with serving(always(OK), authority.server(other)) as taken:
        moved = f"HTTP/1.1 307 X\r\nLocation: https://{other}/\r\nContent-Length: 0\r\n\r\n".encode()
        with serving(always(moved, keep=False), authority.server(HOOKS)) as visits:
            net = Net({HOOKS: [[PUBLIC]], other: [[SECOND]]}, {PUBLIC: visits.port, SECOND: taken.port})
            client = secure(net)
            headers = (("Authorization", "Bearer x"), ("cookie", "a=b"), ("X-Kept", "1"))
            assert get(client, f"https://{HOOKS}/", headers=headers, redirects=1).url == f"https://{other}/"
            client.close()
    assert b"Bearer x" in visits.requests[0]
    assert b"a=b" in visits.requests[0]
    assert b"Bearer x" not in taken.requests[0]
    assert b"a=b" not in taken.requests[0]
    assert b"X-Kept: 1" in taken.requests[0]


def dripping(first: bytes, drop: bytes, last: bytes) -> Answer:
    """A harmless answer in the end, if the client only waits."""

    def drip(connection: socket.socket, _request: bytes, visits: Visits) -> bool:
        connection.sendall(first)
        for _ in range(60):
            if visits.closing.wait(0.02):
                return False
            connection.sendall(drop)
        connection.sendall(last)
        return True

    return drip


SLOW = {
    "headers": dripping(b"HTTP/1.1 200 OK\r\nX: ", b"a", b"\r\nContent-Length: 2\r\n\r\nok"),
    "a header at a time": dripping(b"HTTP/1.1 200 OK\r\n", b"X: a\r\n", b"Content-Length: 2\r\n\r\nok"),
    "body": dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 62\r\n\r\n", b"a", b"ok"),
    "chunks": dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n", b"2\r\nok\r\n0\r\n\r\n"),
    "a chunk's size": dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=", b"a", b"\r\nok\r\n0\r\n\r\n"),
    "trailers": dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX: ", b"a", b"\r\n\r\n"),
    "no byte at all": dripping(b"", b"", OK),
    "silence after the headers": dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", b"", b"ok"),
}


@pytest.mark.parametrize("kind", SLOW)
def test_an_answer_that_takes_too_long(kind: str) -> None:
    with serving(SLOW[kind]) as visits:
        client = PolicedClient(allow_loopback=True)
        with pytest.raises(Unreachable, match=r"within 0\.15 s"):
            get(client, visits.url, timeout_s=0.15)


def test_but_one_that_is_only_slow_arrives() -> None:
    with serving(SLOW["headers"]) as visits:
        client = PolicedClient(allow_loopback=True)
        assert get(client, visits.url, timeout_s=30).body == b"ok"
        client.close()


def test_a_server_that_does_not_read() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    with pytest.raises(Unreachable, match="within"):
        PolicedClient(allow_loopback=True).send(OutboundRequest("POST", url, (), b"x" * 20_000_000, timeout_s=0.2))
    listener.close()


def test_a_handshake_that_never_ends(authority: Authority) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    net = Net({HOOKS: [[PUBLIC]]}, {PUBLIC: listener.getsockname()[1]})
    client = PolicedClient(resolve=net.resolve, connect=net.connect, trust=authority.trust)
    with pytest.raises(Unreachable, match="within"):
        get(client, f"https://{HOOKS}/", timeout_s=0.2)
    listener.close()


def test_names_that_one_of_many_asks_for_without_end() -> None:
    """Look-ups that were given up stay under way in the resolver; they are counted to whom they belong to."""
    answer = threading.Event()

    def slowly(host: str) -> list[str]:
        if host.endswith(".slow.example"):
            answer.wait()
        return []

    client = PolicedClient(resolve=slowly)

    def flood(number: int) -> None:
        for step in range(2):
            with contextlib.suppress(Unreachable):
                get(client, f"https://n{number}-{step}.slow.example/", timeout_s=0.02, share="hostile")

    threads = [threading.Thread(target=flood, args=(number,), daemon=True) for number in range(MOST_LOOKUPS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(thread.name == "outbound-name" for thread in threading.enumerate()) == MOST_OF_SHARE
    with pytest.raises(Unreachable, match="was not found"):
        get(client, f"https://{HOOKS}/", timeout_s=5, share="other")
    with pytest.raises(Unreachable, match="within"):
        get(client, f"https://{HOOKS}/", timeout_s=0.02, share="hostile")
    answer.set()
    with pytest.raises(Unreachable, match="was not found"):
        get(client, f"https://{HOOKS}/", timeout_s=30, share="hostile")


def test_names_that_nobody_answers() -> None:
    """The resolver's threads are bounded, and given back when it answers at last."""
    answer = threading.Event()

    def never(_host: str) -> list[str]:
        answer.wait()
        return []

    client = PolicedClient(resolve=never)
    for _ in range(3):
        with pytest.raises(Unreachable, match="within"):
            get(client, f"https://{HOOKS}/", timeout_s=0.02)
    threads = [
        threading.Thread(target=lambda: _refused(client, f"https://{HOOKS}/"), daemon=True) for _ in range(MOST_LOOKUPS + 10)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(thread.name == "outbound-name" for thread in threading.enumerate()) <= MOST_LOOKUPS
    answer.set()
    with pytest.raises(Unreachable, match="was not found"):
        get(client, f"https://{HOOKS}/", timeout_s=30)


def _refused(client: PolicedClient, url: str) -> None:
    with contextlib.suppress(Unreachable):
        get(client, url, timeout_s=0.05)


def test_a_line_break_in_what_the_caller_sends() -> None:
    injected = "b\r\nX-Injected: 1\r\n\r\nGET /second HTTP/1.1"
    with serving(always(OK)) as visits:
        client = PolicedClient(allow_loopback=True)
        for request in (
            OutboundRequest("GET", visits.url, (("X-A", injected),)),
            OutboundRequest("GET", visits.url, ((f"X-A: {injected}", "x"),)),
            OutboundRequest(f"GET / HTTP/1.1\r\nX: {injected}", visits.url),
            OutboundRequest("GET", f"{visits.url}{injected}"),
            OutboundRequest("GET", visits.url, (("Host", "169.254.169.254"),)),
            OutboundRequest("POST", visits.url, (("Content-Length", "1"),), b"xGET /second HTTP/1.1\r\n\r\n"),
            OutboundRequest("POST", visits.url, (("Transfer-Encoding", "chunked"),), b"0\r\n\r\nGET /second HTTP/1.1\r\n\r\n"),
        ):
            with pytest.raises(Forbidden):
                client.send(request)
        assert visits.requests == []
        assert client.send(OutboundRequest("POST", visits.url, (("X-A", "b"),), injected.encode())).body == b"ok"
        client.close()
    assert len(visits.requests) == 1
    assert visits.requests[0].count(b"Host: 127.0.0.1") == 1
