"""What lies about the sandbox while it is attacked: an internet with one harmless host, traps where nobody may go, the
platform's own API, and secrets in the environment, in files and in memory."""

from __future__ import annotations

import contextlib
import gzip
import os
import platform
import shutil
import socket
import time
import urllib.parse
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cdp.outbound.client import PolicedClient
from functions.code_runner.egress import Ways
from tests.unit.outbound.servers import PUBLIC, Authority, Net, Visits, always, serving

CANARY = "canary-7f3a9c51e2"  # in every place that nobody may read
KEY = "pk_0f9e8d7c6b5a493827161504f3e2d1c0ba"
LEFT = "left-behind"
ROOT = str(Path(__file__).parents[4])  # of the project, as its own processes see it
HOST = "hooks.example.com"
INNER = (
    "169.254.169.254", "fd00:ec2::254", "169.254.170.2", "127.0.0.1", "::1", "10.0.0.1", "192.168.0.1", "172.16.0.1", "0.0.0.0",
    "100.100.100.200", "168.63.129.16", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe",
)  # fmt: skip
NAMES = {
    HOST: [[PUBLIC]],
    "mixed.example.com": [[PUBLIC, "169.254.169.254"]],
    "inner.example.com": [["127.0.0.1"]],
    "evil.example.com": [["10.0.0.1"]],
    "metadata.example.com": [["169.254.169.254"]],
    "six.example.com": [["fd00:ec2::254"]],
}
_SPELLED = (
    "169.254.169.254", "[fd00:ec2::254]", "2852039166", "0xa9fea9fe", "0xA9.0xFE.0xA9.0xFE", "0251.0376.0251.0376", "169.254.43518",
    "169.16689662", "025177524776", "169.254.169.254.", "169.254.169.0xfe", "[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]",
    "[::169.254.169.254]", "[64:ff9b::169.254.169.254]", "[64:ff9b:1::a9fe:a9fe]", "[2002:a9fe:a9fe::]", "[2001:0:a9fe:a9fe::]",
    "\uff11\uff16\uff19.254.169.254", "169\u3002254\u3002169\u3002254", "%31%36%39.254.169.254", "169%2e254%2e169%2e254",
    "\u2460\u2465\u2468.254.169.254", "metadata.google.internal", "instance-data.ec2.internal", "metadata", "169.254.170.2",
    "169.254.170.23", "100.100.100.200", "192.0.0.192", "168.63.129.16", "metadata.example.com", "six.example.com",
    "127.0.0.1", "127.1", "127.0.1", "0", "0.0.0.0", "2130706433", "0x7f000001", "0x7f.1", "0177.1", "017700000001", "localhost",
    "LOCALHOST", "localhost.", "a.localhost", "localhost.localdomain", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]", "[::127.0.0.1]", "[fe80::1]", "[fe80::1%25lo]", "127.0.0.1.", "127.255.255.255", "loc\u0430lhost",
    "\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3", "10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1", "198.18.0.1", "224.0.0.1",
    "255.255.255.255", "inner.example.com", "mixed.example.com", "evil.example.com",
)  # fmt: skip
_WHOLE = (
    "http://127.0.0.1:9001/2018-06-01/runtime/invocation/next", "http://localhost:9001/2018-06-01/runtime/init/error",
    "http://[::1]:9001/", "https://127.0.0.1:9001/", "http://hooks.example.com/", "https://hooks.example.com:9001/",
    "https://hooks.example.com:22/", "https://hooks.example.com@169.254.169.254/", "https://a:b@hooks.example.com/",
    "https://169.254.169.254\\@hooks.example.com/", "https://hooks.example.com\\@169.254.169.254/", "https:169.254.169.254",
    "https:///169.254.169.254/", "https:\\\\169.254.169.254\\", "https://hooks.example.com:443@127.0.0.1/", "//169.254.169.254/",
    "file:///etc/passwd", "file://localhost/etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1:9001/_x", "dict://127.0.0.1/",
    "data:text/plain,x", "ws://127.0.0.1:9001/", "unix:///var/run/docker.sock", "http://[::ffff:127.0.0.1]:9001/",
    "https://hooks.example.com\t@127.0.0.1/", "https://127.0.0.1\r\n.example.com/", "https://127.0.0.1\x00.example.com/", "",
)  # fmt: skip
URLS = tuple(f"https://{host}/latest/meta-data/" for host in _SPELLED) + _WHOLE


@dataclass
class Surroundings:
    net: Net
    ways: Ways
    hooks: Visits
    trap: Visits
    home: Visits
    folder: Path

    def event(self, **more: object) -> dict[str, object]:
        """Everything that an attacker could wish to know beforehand."""
        return {
            "file": str(self.folder / "readable"), "folder": str(self.folder / "writable"), "port": self.trap.port,
            "pid": os.getppid(), "host": platform.node(), "harmless": [], "answer": "", "raise": False, **more,
        }  # fmt: skip


def hooks(connection: socket.socket, request: bytes, visits: Visits) -> bool:
    """The harmless host: what it answers depends on the path."""
    path, _, query = request.split(b" ")[1].decode("latin-1").partition("?")
    ok = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    if path == "/to":
        location = urllib.parse.unquote_to_bytes(query).replace(b"\r", b"").replace(b"\n", b"")
        connection.sendall(b"HTTP/1.1 307 X\r\nContent-Length: 0\r\nLocation: " + location + b"\r\n\r\n")
    elif path == "/slow":
        visits.closing.wait(3)
    elif path == "/large":
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5000001\r\n\r\n" + b"x" * 5_000_001)
    elif path == "/endless":
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(200):
            connection.sendall(b"x" * 65536)
    elif path == "/bomb":
        packed = gzip.compress(bytes(20_000_000), 9)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed) + packed)
    elif path == "/headers":
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + b"X: %s\r\n" % (b"a" * 1000) * 100 + b"\r\n")
    elif path == "/echo":
        body = request.partition(b"\r\n\r\n")[2]
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    else:
        connection.sendall(ok)
    return path not in ("/slow", "/endless", "/close", "/large")


@contextlib.contextmanager
def surroundings(folder: Path, authority: Authority) -> Iterator[Surroundings]:
    _plant(folder)
    trapped = always(f"HTTP/1.1 200 OK\r\nContent-Length: {len(CANARY)}\r\n\r\n{CANARY}".encode(), keep=False)
    at_home = always(b'HTTP/1.1 200 OK\r\nContent-Type: application/vnd.api+json\r\nContent-Length: 11\r\n\r\n{"data":[]}')
    with (
        serving(hooks, authority.server(HOST, "rebind.example.com")) as outside,
        serving(trapped) as trap,
        serving(at_home) as home,
    ):
        net = _Turning(dict(NAMES), {PUBLIC: outside.port} | dict.fromkeys(INNER, trap.port))
        world = PolicedClient(resolve=net.resolve, connect=net.connect, trust=authority.trust)
        at_home_only = PolicedClient(allow_loopback=True)
        yield Surroundings(net, Ways(world, at_home_only), outside, trap, home, folder)
        world.close()
        at_home_only.close()


class _Turning(Net):
    """One name turns to this machine and back with each look-up."""

    def resolve(self, host: str) -> list[str]:
        if host == "rebind.example.com":
            self.looked_up.append(host)
            return [PUBLIC] if self.looked_up.count(host) % 2 else ["127.0.0.1"]
        return super().resolve(host)


def _plant(folder: Path) -> None:
    writable = folder / "writable"
    writable.mkdir(parents=True)
    writable.chmod(0o777)
    (folder / "readable").write_text(f"[default]\naws_secret_access_key = {CANARY}\n")
    home = folder / "home" / ".aws"
    home.mkdir(parents=True)
    shutil.copy(folder / "readable", home / "credentials")
    (writable / "planted.py").write_text(f"MARK = '{CANARY}'\n")
    (writable / "native.so").write_bytes(b"\x7fELF")
    (writable / "planted.js").write_text(f"module.exports = '{CANARY}';\n")
    (writable / "planted.mjs").write_text(f"export default '{CANARY}';\n")
    with zipfile.ZipFile(writable / "planted.zip", "w") as archive:
        archive.writestr("packed.py", f"MARK = '{CANARY}'\n")


def settled(visits: Visits) -> int:
    """Connections that a server has seen, once nothing more can be on its way."""
    time.sleep(0.01)
    return visits.connections
