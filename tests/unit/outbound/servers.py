"""Servers that answer as they are told, byte by byte, and certificates of an authority of our own."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import trustme

from cdp.outbound.client import PolicedClient
from cdp.ports.outbound import OutboundRequest, OutboundResponse

HOOKS = "hooks.example.com"
PUBLIC = "93.184.215.14"  # claimed for local servers
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def get(client: PolicedClient, url: str, **more: object) -> OutboundResponse:
    return client.send(OutboundRequest("GET", url, **more))  # type: ignore[arg-type]


@dataclass
class Visits:
    """What came to a server: each request's bytes, and how many connections were made."""

    port: int
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    closing: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"


Answer = Callable[[socket.socket, bytes, Visits], bool]
"""Answers one request on a connection; whether another may follow on it."""


def always(answer: bytes, *, keep: bool = True) -> Answer:
    def send(connection: socket.socket, _request: bytes, _visits: Visits) -> bool:
        connection.sendall(answer)
        return keep

    return send


@contextlib.contextmanager
def serving(answer: Answer, tls: ssl.SSLContext | None = None) -> Iterator[Visits]:
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    visits = Visits(listener.getsockname()[1])
    threads: list[threading.Thread] = []

    def one(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            made = tls.wrap_socket(connection, server_side=True) if tls else connection
            with made:
                while (request := _request(made, visits)) is not None:
                    visits.requests.append(request)
                    made.settimeout(5)
                    if not answer(made, request, visits):
                        return

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            visits.connections += 1
            threads.append(threading.Thread(target=one, args=(connection,), daemon=True))
            threads[-1].start()

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield visits
    finally:
        visits.closing.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join(5)
        for thread in threads:
            thread.join(5)


def _request(connection: socket.socket, visits: Visits) -> bytes | None:
    """The next request with its body, or None when the other end or the server closes."""
    read = b""
    connection.settimeout(0.01)
    while not visits.closing.is_set():
        head, end, rest = read.partition(b"\r\n\r\n")
        if end and len(rest) >= _length(head):
            return read
        try:
            data = connection.recv(65536)
        except TimeoutError:
            continue
        if not data:
            return None
        read += data
    return None


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.removeprefix(b"content-length:"))
    return 0


class _Claiming(socket.socket):
    """A socket whose other end says that it is another address."""

    peer = PUBLIC

    def getpeername(self) -> tuple[str, int]:
        return self.peer, 443


class Net:
    """Names and connections of an internet that is this machine: each address leads to a port here.

    `names` gives a name's answers one after the other, the last for ever. `claims`: what a connection to an address says
    that it leads to, the address itself if nothing else.
    """

    def __init__(
        self,
        names: dict[str, list[list[str]]],
        ports: dict[str, int],
        claims: dict[str, str] | None = None,
    ) -> None:
        self.names, self.ports, self.claims = names, ports, claims or {}
        self.looked_up: list[str] = []
        self.connected: list[str] = []

    def resolve(self, host: str) -> list[str]:
        self.looked_up.append(host)
        answers = self.names.get(host)
        if not answers:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def connect(self, address: str, port: int, timeout_s: float) -> socket.socket:
        self.connected.append(f"{address}:{port}")
        if address not in self.ports:
            raise ConnectionRefusedError
        made = _Claiming(socket.AF_INET, socket.SOCK_STREAM)
        made.settimeout(timeout_s)
        made.connect(("127.0.0.1", self.ports[address]))
        made.peer = self.claims.get(address, address)
        return made


class Authority:
    """Signs certificates for names; `trust` is a client's."""

    def __init__(self) -> None:
        self._ours, self._others = trustme.CA(), trustme.CA()

    @property
    def trust(self) -> ssl.SSLContext:
        trust = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._ours.configure_trust(trust)
        return trust

    def written(self, path: Path) -> Path:
        """The authority's own certificate as a file."""
        self._ours.cert_pem.write_to_path(path)
        return path

    def server(self, *names: str, signed: bool = True) -> ssl.SSLContext:
        """With a certificate of this authority, or of one that nobody trusts."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        (self._ours if signed else self._others).issue_cert(*names).configure_cert(context)
        return context
