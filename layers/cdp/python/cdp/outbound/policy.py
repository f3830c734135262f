"""What may be asked of the outside world, decided from the text alone: the address, the method, the headers.

Nothing odd is understood here: there is one spelling of each host that passes, and every other one is refused. So it
does not matter how a resolver, a proxy or a library would have read it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import quote

from cdp.outbound.addresses import is_public
from cdp.ports.outbound import Forbidden

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
MOST_URL_CHARACTERS = 8_192
MOST_HEADERS = 100
MOST_HEADER_BYTES = 32_768
LOOPBACK_HOSTS = {"127.0.0.1": ("127.0.0.1",), "localhost": ("127.0.0.1", "::1"), "[::1]": ("::1",)}

_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<target>[^#]*)(?:#.*)?", re.DOTALL)
_AUTHORITY = re.compile(r"(?P<host>\[[^\]]*\]|[^:\[\]]*)(?::(?P<port>[0-9]{1,5}))?")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*")
_UNWANTED = re.compile(r"[\x00-\x20\x7f-\xa0\\\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ud800-\udfff\ufeff]")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
# Names that never leave the machine or its network.
_INNER_DOMAINS = (
    "localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "corp", "private", "home.arpa",
    "in-addr.arpa", "ip6.arpa", "onion", "test", "invalid",
)  # fmt: skip
# Of the connection, not of the request. The client writes those that are needed itself.
_OWN_HEADERS = frozenset({
    "host", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer", "upgrade", "expect",
    "http2-settings", "accept-encoding",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes. `host` as in the Host header; `addresses` if no name has to be resolved: a literal, or
    this machine where that is allowed. `path` with the query."""

    scheme: str
    host: str
    port: int
    path: str
    addresses: tuple[str, ...] = ()
    loopback: bool = False

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, self.port

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"

    @property
    def authority(self) -> str:
        return self.host if self.port == (443 if self.scheme == "https" else 80) else f"{self.host}:{self.port}"


def target(url: str, *, allow_loopback: bool = False, hosts: Collection[str] | None = None) -> Target:
    """The parts of a URL that the policy lets pass, or `Forbidden`.

    https on port 443 of a public host; `allow_loopback`: also http on any port of 127.0.0.1, localhost and [::1].
    `hosts`: only these, and where one begins with "*." its subdomains.
    """
    check_text(url)
    parts = _URL.fullmatch(url)
    if parts is None:
        raise Forbidden("The URL must begin with https:// and a host.")
    scheme, authority = parts["scheme"].lower(), parts["authority"]
    if scheme != "https" and not (scheme == "http" and allow_loopback):
        raise Forbidden("The URL must begin with https://.")
    if not authority.isascii():
        raise Forbidden("The host must be written in ASCII letters; names of other scripts in their xn-- form.")
    if "@" in authority:
        raise Forbidden("The URL must not contain a user name or password.")
    named = _AUTHORITY.fullmatch(authority)
    if named is None or not named["host"]:
        raise Forbidden("The URL must name a host, and after a colon at most a port.")
    found = _place(scheme, named["host"].lower(), named["port"], _path(parts["target"]), allow_loopback)
    if hosts is not None and not _listed(found.host, hosts):
        raise Forbidden(f"The host {found.host} is not on the list of allowed hosts.")
    return found


def check_text(url: str) -> None:
    """`Forbidden` for characters that libraries drop or read as others."""
    if len(url) > MOST_URL_CHARACTERS:
        raise Forbidden(f"The URL has more than {MOST_URL_CHARACTERS} characters.")
    if _UNWANTED.search(url):
        raise Forbidden("The URL contains white space, a control character or a backslash.")


def _place(scheme: str, host: str, port: str | None, path: str, allow_loopback: bool) -> Target:
    if scheme == "http" and allow_loopback and host in LOOPBACK_HOSTS:
        number = int(port or 80)
        if not 0 < number < 65536:
            raise Forbidden("The port must be between 1 and 65535.")
        return Target(scheme, host, number, path, LOOPBACK_HOSTS[host], loopback=True)
    if scheme != "https":
        raise Forbidden("The URL must begin with https://.")
    if port is not None and int(port) != 443:
        raise Forbidden("The port must be 443.")
    return Target(scheme, host, 443, path, _literal(host))


def _literal(host: str) -> tuple[str, ...]:
    """The address that a host is, or none if it is a name; `Forbidden` if it is neither in its one spelling."""
    if host.startswith("["):
        return (_literal_6(host[1:-1]),)
    labels = host.split(".")
    if _NUMERIC.fullmatch(labels[-1]):
        return (_literal_4(host),)
    _check_name(host, labels)
    return ()


def _literal_4(host: str) -> str:
    try:
        address = str(IPv4Address(host))  # four decimal numbers without leading zeros, nothing else
    except ValueError:
        raise Forbidden(f"The host {host} is a number in a spelling that is not accepted.") from None
    if not is_public(address):
        raise Forbidden(f"The address {address} is not a public one.")
    return address


def _literal_6(text: str) -> str:
    try:
        address = IPv6Address(text)
    except ValueError:
        raise Forbidden("The host is not an IPv6 address.") from None
    if address.scope_id is not None or "." in text or not is_public(str(address)):
        raise Forbidden(f"The address {address} is not a public one.")
    return str(address)


def _check_name(host: str, labels: list[str]) -> None:
    if len(host) > 253 or not all(map(_LABEL.fullmatch, labels)):
        raise Forbidden("The host is not a name that the internet knows: letters, digits, hyphens and single dots.")
    if len(labels) == 1:
        raise Forbidden(f"The host {host} is a name of this network only; a full name has a dot.")
    if any(host.endswith(f".{domain}") for domain in _INNER_DOMAINS):
        raise Forbidden(f"The host {host} is a name of a private network.")


def _path(text: str) -> str:
    """With a slash in front, and what is not ASCII percent-encoded, as browsers do."""
    path = text if text.startswith("/") else f"/{text}"
    return quote(path, safe="/?:@!$&'()*+,;=%-._~[]{}|^\"<>`")


def _listed(host: str, hosts: Collection[str]) -> bool:
    return any(host == one or (one.startswith("*.") and host.endswith(one[1:])) for one in map(str.lower, hosts))


def method(name: str) -> str:
    """In capital letters, or `Forbidden`: no CONNECT, no TRACE, nothing made up."""
    capital = name.upper()
    if capital not in METHODS:
        raise Forbidden(f"The method must be one of {', '.join(sorted(METHODS))}.")
    return capital


def headers(pairs: Iterable[tuple[str, str]], place: Target, body_bytes: int) -> list[tuple[str, str]]:
    """The caller's headers without those that are the client's own.

    Libraries write such as Host and Content-Length as well: what says the same as the client is left out without a
    word, what says anything else is `Forbidden`, and so is a name or value that could end a line.
    """
    kept: list[tuple[str, str]] = []
    size = 0
    for name, value in pairs:
        if not _TOKEN.fullmatch(name):
            raise Forbidden("A header's name must be made of letters, digits and hyphens.")
        if not _VALUE.fullmatch(value):
            raise Forbidden(f"The value of header {name} contains a line break, a control character or a letter outside Latin-1.")
        size += len(name) + len(value)
        if not _is_own(name.lower(), value.strip(" \t"), place, body_bytes):
            kept.append((name, value.strip(" \t")))
    if len(kept) > MOST_HEADERS or size > MOST_HEADER_BYTES:
        raise Forbidden(f"A request has at most {MOST_HEADERS} headers and {MOST_HEADER_BYTES} bytes of them.")
    return kept


def _is_own(name: str, value: str, place: Target, body_bytes: int) -> bool:
    if name not in _OWN_HEADERS and not name.startswith("proxy-"):
        return False
    harmless = {
        "host": value.lower() in (place.authority, f"{place.host}:{place.port}"),
        "content-length": value == str(body_bytes),
        "connection": value.lower() in ("keep-alive", "close", ""),
        "accept-encoding": True,
    }
    if not harmless.get(name, False):
        raise Forbidden(f"The header {name} is not the caller's to set.")
    return True
