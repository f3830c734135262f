"""What hostile servers answer. Each has its control: what a harmless answer gets with the same means."""

from __future__ import annotations

import contextlib
import gzip
import socket
import ssl
import threading
import zlib

import pytest

from cdp.outbound.client import PolicedClient
from cdp.outbound.connection import MOST_PIECES
from cdp.ports.outbound import Unreachable
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

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
ZEROS = zlib.compress(bytes(50_000_000), 9)


def endless(first: bytes, more: bytes) -> Answer:
    def send(connection: socket.socket, _request: bytes, _visits: Visits) -> bool:
        connection.sendall(first)
        for _ in range(100_000_000 // len(more)):
            connection.sendall(more)
        return False

    return send


def packed(encoding: str, body: bytes) -> Answer:
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: {len(body)}\r\n\r\n"
    return always(head.encode() + body)


TOO_LARGE = {
    "announced": always(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n"),
    "one byte more": always(b"HTTP/1.1 200 OK\r\nContent-Length: 100001\r\n\r\n" + b"x" * 100_001),
    "a body without end": endless(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65536),
    "chunks without end": endless(CHUNKED + b"\r\n", b"8000\r\n" + b"x" * 0x8000 + b"\r\n"),
    "chunks of one byte": endless(CHUNKED + b"\r\n", b"1\r\nx\r\n" * 10_000),
    "one byte unfolds to a thousand, gzip": packed("gzip", gzip.compress(bytes(50_000_000), 9)),
    "one byte unfolds to a thousand, deflate": packed("deflate", ZEROS),
    "one byte more, gzip": packed("gzip", gzip.compress(b"x" * 100_001)),
}
MALFORMED = {
    "headers without end": endless(b"HTTP/1.1 200 OK\r\nX: ", b"a" * 65536),
    "headers and headers": endless(b"HTTP/1.1 200 OK\r\n", b"X: aaaaaaaaaaaaaaaaaaaaaaaaa\r\n" * 1000),
    "a status line without end": endless(b"HTTP/1.1 200 ", b"O" * 65536),
    "more than two hundred headers": always(b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 201 + b"Content-Length: 2\r\n\r\nok"),
    "interim answers without end": endless(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100),
    "another protocol": always(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
    "trailers without end": endless(CHUNKED + b"\r\n0\r\n", b"X: aaaaaaaaaaaaaaaaaaaaaaaaa\r\n" * 1000),
    "a chunk's extension without end": endless(CHUNKED + b"\r\n2;", b"a" * 65536),
    "two lengths": always(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok!"),
    "a negative length": always(b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok"),
    "a chunk of negative size": always(CHUNKED + b"\r\n-2\r\nok\r\n0\r\n\r\n"),
    "a folded name": always(b"HTTP/1.1 200 OK\r\nX\r\n : y\r\nContent-Length: 2\r\n\r\nok"),
    "a name with a space": always(b"HTTP/1.1 200 OK\r\nX : y\r\nContent-Length: 2\r\n\r\nok"),
    "a zero byte in a value": always(b"HTTP/1.1 200 OK\r\nX: a\x00b\r\nContent-Length: 2\r\n\r\nok"),
    "no HTTP": always(b"SSH-2.0-OpenSSH_9.6\r\n", keep=False),
    "the old HTTP": always(b"<html>", keep=False),
    "a version to come": always(b"HTTP/3.0 200 OK\r\nContent-Length: 2\r\n\r\nok"),
    "an unknown transfer": always(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"),
    "an encoding not asked for": packed("br", b"\x0b\x00\x80ok\x03"),
    "encodings within encodings": packed("gzip, gzip", gzip.compress(gzip.compress(b"ok"))),
    "no gzip at all": packed("gzip", b"ok"),
    "half a gzip": packed("gzip", gzip.compress(b"ok" * 100)[:-9]),
    "a gzip behind a gzip": packed("gzip", gzip.compress(b"ok") + gzip.compress(b"ok")),
    "cut short": always(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nok", keep=False),
    "chunks cut short": always(CHUNKED + b"\r\n2\r\nok\r\n", keep=False),
    "nothing": always(b"", keep=False),
}


@pytest.mark.parametrize("kind", TOO_LARGE)
def test_an_answer_that_is_too_large(kind: str) -> None:
    with serving(TOO_LARGE[kind]) as visits, pytest.raises(Unreachable, match=r"larger than 100000 bytes|pieces"):
        get(PolicedClient(allow_loopback=True), visits.url, timeout_s=30, max_bytes=100_000)


@pytest.mark.parametrize("kind", MALFORMED)
def test_an_answer_that_is_none(kind: str) -> None:
    with serving(MALFORMED[kind]) as visits:
        client = PolicedClient(allow_loopback=True)
        with pytest.raises(Unreachable):
            get(client, visits.url, timeout_s=30)
        connections = visits.connections
        with pytest.raises(Unreachable):
            get(client, visits.url, timeout_s=30)
    assert visits.connections == connections + 1  # such a connection is never kept


@pytest.mark.parametrize(("pieces", "fits"), [(MOST_PIECES, True), (MOST_PIECES + 1, False), (200_000, False)])
def test_an_answer_in_crumbs(pieces: int, fits: bool) -> None:
    """A megabyte byte by byte takes a processor for a second, which others on the machine need as well."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    with serving(always(head + b"1\r\nx\r\n" * pieces + b"0\r\n\r\n", keep=False)) as visits:
        client = PolicedClient(allow_loopback=True)
        if fits:
            assert len(get(client, visits.url, timeout_s=30).body) == pieces
        else:
            with pytest.raises(Unreachable, match="pieces"):
                get(client, visits.url, timeout_s=30)
        client.close()


@pytest.mark.parametrize("told", [True, False])
def test_an_end_that_tls_does_not_tell_is_no_end(authority: Authority, told: bool) -> None:
    """Whoever is on the way can end a connection where an answer means something else."""

    def answer(connection: socket.socket, request: bytes, visits: Visits) -> bool:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\nkeep nothing")
        if told and isinstance(connection, ssl.SSLSocket):
            with contextlib.suppress(OSError):  # the client closes without a word
                connection.unwrap()
        return False

    with serving(answer, authority.server(HOOKS)) as visits:
        net = Net({HOOKS: [[PUBLIC]]}, {PUBLIC: visits.port})
        client = PolicedClient(resolve=net.resolve, connect=net.connect, trust=authority.trust)
        if told:
            assert get(client, f"https://{HOOKS}/").body == b"keep nothing"
        else:
            with pytest.raises(Unreachable, match="before the answer was whole"):
                get(client, f"https://{HOOKS}/")


def test_an_answer_to_nobody_is_not_taken_for_the_next(authority: Authority) -> None:
    """Bytes behind an answer, and bytes while the connection lies idle."""
    with serving(always(OK + b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged")) as visits:
        client = PolicedClient(allow_loopback=True)
        assert [get(client, visits.url).body for _ in range(3)] == [b"ok"] * 3
        client.close()
    assert visits.connections == 3
    late = threading.Event()

    def afterwards(connection: socket.socket, _request: bytes, _visits: Visits) -> bool:
        connection.sendall(OK)
        late.wait(5)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged")
        sent.set()
        return True

    for tls in (None, authority.server(HOOKS)):
        late.clear()
        sent = threading.Event()
        with serving(afterwards, tls) as visits:
            net = Net({HOOKS: [[PUBLIC]]}, {PUBLIC: visits.port})
            secured = PolicedClient(resolve=net.resolve, connect=net.connect, trust=authority.trust)
            client, url = (secured, f"https://{HOOKS}/") if tls else (PolicedClient(allow_loopback=True), visits.url)
            assert get(client, url).body == b"ok"
            late.set()
            assert sent.wait(5)
            assert get(client, url).body == b"ok"
            client.close()
        assert visits.connections == 2
