"""What passes by its text alone. The tables hold what passes beside what does not: a policy that refuses all is none."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.outbound.policy import Target, headers, method, target
from cdp.ports.outbound import Forbidden

PASSES = {
    "https://hooks.example.com": ("hooks.example.com", "/"),
    "https://hooks.example.com/": ("hooks.example.com", "/"),
    "https://hooks.example.com:443/a": ("hooks.example.com", "/a"),
    "HTTPS://Hooks.Example.COM/A?b=C": ("hooks.example.com", "/A?b=C"),
    "https://hooks.example.com?x=1": ("hooks.example.com", "/?x=1"),
    "https://hooks.example.com/a#fragment": ("hooks.example.com", "/a"),
    "https://hooks.example.com/a%20b?c=%00": ("hooks.example.com", "/a%20b?c=%00"),
    "https://hooks.example.com/@user:pass/": ("hooks.example.com", "/@user:pass/"),
    "https://hooks.example.com/http://127.0.0.1/": ("hooks.example.com", "/http://127.0.0.1/"),
    "https://xn--bcher-kva.example.com/": ("xn--bcher-kva.example.com", "/"),
    "https://a_b.example.com/": ("a_b.example.com", "/"),
    "https://1.example.com/": ("1.example.com", "/"),
    "https://127.0.0.1.example.com/": ("127.0.0.1.example.com", "/"),
    "https://example.x1/": ("example.x1", "/"),
    "https://internal.example.com/": ("internal.example.com", "/"),
    "https://8.8.8.8/dns": ("8.8.8.8", "/dns"),
    "https://[2606:4700:4700::1111]/": ("[2606:4700:4700::1111]", "/"),
    "https://hooks.example.com/b\u00fccher": ("hooks.example.com", "/b%C3%BCcher"),
}
FORBIDDEN = {
    "begin with https://": (
        "", "hooks.example.com", "//hooks.example.com", "http://hooks.example.com/", "ftp://hooks.example.com/",
        "file:///etc/passwd", "gopher://hooks.example.com/", "data:text/plain,x", "javascript:alert(1)", "ws://a.example.com",
        "unix:///run/docker.sock", "http+unix://x.example.com/", "https:hooks.example.com", "https:/hooks.example.com",
        "http://8.8.8.8/", "http://127.0.0.1/", "http://localhost:9001/", "jar:https://hooks.example.com!/",
    ),
    "name a host": (
        "https://", "https:///path", "https://?x", "https://:443/", "https://hooks.example.com:/", "https://hooks.example.com:4a3",
        "https://hooks.example.com:-443/", "https://hooks.example.com:+443/", "https://hooks.example.com:443:80/",
        "https://hooks.example.com:000443/", "https://::1/", "https://[::1/", "https://::1]/", "https://a]b.example.com/",
        "https://[::1].example.com/", "https://a[::1]/",
    ),
    "port must be 443": (
        "https://hooks.example.com:80/", "https://hooks.example.com:8443/", "https://hooks.example.com:0/",
        "https://hooks.example.com:22/", "https://8.8.8.8:9001/", "https://hooks.example.com:65979/",
    ),
    "user name or password": (
        "https://user@hooks.example.com/", "https://user:pw@hooks.example.com/", "https://@hooks.example.com/",
        "https://hooks.example.com@127.0.0.1/", "https://hooks.example.com:443@169.254.169.254/",
        "https://127.0.0.1:80@hooks.example.com/", "https://a@b@hooks.example.com/",
    ),
    "is a number": (
        "https://2130706433/", "https://0x7f000001/", "https://0x7f.0x0.0x0.0x1/", "https://0177.0.0.1/", "https://127.1/",
        "https://127.0.1/", "https://0/", "https://017700000001/", "https://127.0.0.01/", "https://127.0.0.0x1/",
        "https://2852039166/", "https://0xa9fea9fe/", "https://0251.0376.0251.0376/", "https://169.254.43518/",
        "https://169.16689662/", "https://0xA9.254.0251.254/", "https://1.2.3/", "https://1.2.3.4.5/", "https://256.1.1.1/",
        "https://00000000000000000000008.8.8.8/", "https://8.8.8.08/", "https://99999999999999/", "https://a.0x7f/",
        "https://hooks.example.1/", "https://0x/", "https://1.1.1.0x/", "https://hooks.example.0x1/",
        "https://%31%32%37.0.0.1/", "https://hooks.example.com%2f.127.0.0.1/", "https://hooks.example.com;127.0.0.1/",
    ),
    "not a public one": (
        "https://127.0.0.1/", "https://169.254.169.254/latest/meta-data/", "https://10.0.0.1/", "https://0.0.0.0/",
        "https://192.168.1.1/", "https://100.100.100.200/", "https://168.63.129.16/", "https://[::1]/", "https://[::]/",
        "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/", "https://[fd00:ec2::254]/", "https://[64:ff9b::a9fe:a9fe]/",
        "https://[2002:7f00:1::]/", "https://[fe80::1%25eth0]/", "https://[fe80::1%eth0]/", "https://[::ffff:8.8.8.8]/",
        "https://[2606:4700:4700::1111%25lo]/", "https://[0:0:0:0:0:0:0:1]/", "https://[::0001]/", "https://[0000::1]/",
        "https://[2606:4700:4700::1.1.1.1]/", "https://[2001:0:a9fe:a9fe::]/",
    ),
    "not an IPv6 address": (
        "https://[]/", "https://[1.1.1.1]/", "https://[example.com]/", "https://[v1.fe80]/", "https://[::1::]/",
        "https://[12345::]/", "https://[:]/",
    ),
    "a name that the internet knows": (
        "https://hooks.example.com./", "https://127.0.0.1./", "https://hooks..example.com/", "https://.example.com/",
        "https://127%2e0%2e0%2e1/", "https://hooks.example.com%00.evil.com/",
        "https://ex*mple.com/", "https://hooks,example.com/",
        "https://-hooks.example.com/", "https://hooks-.example.com/", f"https://{'a' * 64}.example.com/",
        f"https://{'a.' * 127}com/", "https://hooks.example.com&x/",
        "https://hooks.exam'ple.com/", "https://{hooks}.example.com/", "https://127.0.0.1..",
    ),
    "a full name has a dot": (
        "https://localhost/", "https://metadata/", "https://a/", "https://db/", "https://ip6-localhost/",
        "https://LOCALHOST/",
    ),
    "of a private network": (
        "https://metadata.google.internal/", "https://instance-data.ec2.internal/", "https://a.localhost/",
        "https://printer.local/", "https://router.lan/", "https://x.home.arpa/", "https://1.0.0.127.in-addr.arpa/",
        "https://localhost.localdomain/", "https://x.onion/", "https://a.b.INTERNAL/",
    ),
    "ASCII": (
        "https://b\u00fccher.example.com/", "https://127\u30020\u30020\u30021/", "https://\uff11\uff12\uff17.0.0.1/",
        "https://\u2460\u2461\u2466.0.0.1/", "https://127\uff0e0\uff0e0\uff0e1/", "https://loc\u0430lhost/",
        "https://example\u212a.com/", "https://169\uff61254.169.254/", "https://\u0661\u0662\u0667.0.0.1/",
        "https://hooks.example.com\uff0f.evil.com/", "https://hooks.example.com\uff20127.0.0.1/",
        "https://hooks.example.com:\uff14\uff14\uff13/", "https://hooks\xad.example.com/",
    ),
    "white space": (
        " https://hooks.example.com/", "https://hooks.example.com/ ", "https://hooks.example.com/a b", "https:// 127.0.0.1/",
        "https://127.0.0.1\t.example.com/", "https://hooks.example.com\n/", "https://hooks.example.com\r\nHost: x/",
        "https://hooks.example.com/\r\nX-Injected: 1", "https://hooks.example.com/\x00", "ht\ttps://hooks.example.com/",
        "https://hooks.example.com\\@127.0.0.1/", "https:\\\\127.0.0.1\\", "https://hooks.example.com/\x7f",
        "https://hooks.example.com/\u2028", "https://hooks.example.com/\x85", "https://hooks.example.com/\ufeff",
        "https://127.0.0.1\u200b/", "https://hooks.example.com/\ud800",
    ),
    "characters": (f"https://hooks.example.com/{'a' * 8192}",),
}  # fmt: skip
LOOPBACK = {
    "http://127.0.0.1/": ("127.0.0.1", 80, ("127.0.0.1",)),
    "http://127.0.0.1:8080/a": ("127.0.0.1", 8080, ("127.0.0.1",)),
    "http://localhost:1/": ("localhost", 1, ("127.0.0.1", "::1")),
    "http://LOCALHOST:65535/": ("localhost", 65535, ("127.0.0.1", "::1")),
    "http://[::1]:8080/": ("[::1]", 8080, ("::1",)),
}
NO_LOOPBACK = (
    "http://127.0.0.2/", "http://127.1/", "http://2130706433/", "http://localhost./", "http://a.localhost/", "http://[::]/",
    "http://0.0.0.0:8080/", "http://[::ffff:127.0.0.1]/", "http://169.254.169.254/", "http://10.0.0.1/", "http://[0:0::1]/",
    "http://hooks.example.com/", "https://127.0.0.1/", "https://localhost:8080/", "https://localhost/", "https://[::1]:443/",
    "http://user@127.0.0.1/", "http://127.0.0.1:0/", "http://127.0.0.1:65536/", "ftp://127.0.0.1/", "http://127.0.0.1.nip.io/",
    "http://0x7f000001:8080/", "http://\uff11\uff12\uff17.0.0.1/", "http://localhost%00/",
)  # fmt: skip


@pytest.mark.parametrize("url", PASSES)
def test_one_spelling_passes(url: str) -> None:
    host, path = PASSES[url]
    found = target(url)
    assert (found.scheme, found.host, found.port, found.path) == ("https", host, 443, path)


@pytest.mark.parametrize(("why", "url"), [(why, url) for why, urls in FORBIDDEN.items() for url in urls])
def test_every_other_is_refused_and_why(why: str, url: str) -> None:
    with pytest.raises(Forbidden, match=why):
        target(url)


@pytest.mark.parametrize("url", LOOPBACK)
def test_this_machine_where_it_is_allowed(url: str) -> None:
    found = target(url, allow_loopback=True)
    assert (found.host, found.port, found.addresses) == LOOPBACK[url]
    with pytest.raises(Forbidden):
        target(url)


@pytest.mark.parametrize("url", NO_LOOPBACK)
def test_and_nothing_else_with_it(url: str) -> None:
    with pytest.raises(Forbidden):
        target(url, allow_loopback=True)


def test_literal_addresses_are_not_resolved() -> None:
    assert target("https://8.8.8.8/").addresses == ("8.8.8.8",)
    assert target("https://[2606:4700:4700:0::1111]/").addresses == ("2606:4700:4700::1111",)
    assert target("https://hooks.example.com/").addresses == ()


def test_a_list_of_hosts() -> None:
    hosts = {"api.example.com", "*.shop.example.com"}
    for url in ("https://api.example.com/", "https://API.example.com/", "https://a.b.shop.example.com/"):
        assert target(url, hosts=hosts).scheme == "https"
    for url in ("https://example.com/", "https://shop.example.com/", "https://x.api.example.com/", "https://evilshop.example.com/"):
        with pytest.raises(Forbidden, match="list of allowed hosts"):
            target(url, hosts=hosts)
    with pytest.raises(Forbidden):
        target("https://api.example.com/", hosts=())


@settings(max_examples=400)
@given(st.text(st.sampled_from("htps:/@.#?\\[]%0127xaf.-_ \t\n\uff11\u3002localhost"), max_size=40).map("https://".__add__))
def test_what_passes_is_read_alike_by_another_reader(url: str) -> None:
    try:
        found = target(url)
    except Forbidden:
        return
    other = urlsplit(url)
    assert other.hostname == found.host.strip("[]")
    assert other.username is None
    assert other.port in (None, 443)


PLACE = Target("https", "hooks.example.com", 443, "/")


@pytest.mark.parametrize(
    "pair",
    [
        ("Host", "127.0.0.1"), ("host", "hooks.example.com.evil.com"), ("HOST", ""), ("Content-Length", "4"),
        ("content-length", "+3"), ("Content-Length", "3, 3"), ("Transfer-Encoding", "chunked"), ("transfer-encoding", "identity"),
        ("Connection", "upgrade"), ("Connection", "keep-alive, X-Api-Key"), ("Upgrade", "h2c"), ("HTTP2-Settings", "x"),
        ("TE", "trailers"), ("Trailer", "x"), ("Expect", "100-continue"), ("Keep-Alive", "timeout=9"),
        ("Proxy-Authorization", "Basic x"), ("proxy-connection", "keep-alive"), ("Proxy-Anything", "x"),
        ("X-A", "b\r\nHost: 127.0.0.1"), ("X-A", "b\nX: y"), ("X-A", "b\rc"), ("X-A", "b\x00c"), ("X-A", "b\x7f"),
        ("X-A", "b\u010ac"), ("X-A", "b\u560d\u560ac"), ("X-A\r\nHost", "x"), ("X A", "x"), ("X-A:", "x"), ("", "x"), (":path", "/x"),
        ("Ho\u017ft", "127.0.0.1"), ("Host ", "127.0.0.1"), (" Host", "127.0.0.1"), ("Host\t", "x"), ("H\u00f6st", "x"),
        ("X-A", "x" * 40_000),
    ],
)  # fmt: skip
def test_headers_that_are_not_the_callers(pair: tuple[str, str]) -> None:
    with pytest.raises(Forbidden):
        headers([pair], PLACE, 3)


def test_headers_of_the_caller_are_kept_in_order_and_its_librarys_left_out() -> None:
    given = [
        ("Host", "hooks.example.com"), ("User-Agent", "requests"), ("Accept-Encoding", "br"), ("Content-Length", "3"),
        ("Connection", "keep-alive"), ("Authorization", "Bearer x"), ("X-A", " 1 "), ("x-a", "2"), ("X-Umlaut", "\u00fc"), ("X-Empty", ""),
    ]  # fmt: skip
    assert headers(given, PLACE, 3) == [
        ("User-Agent", "requests"), ("Authorization", "Bearer x"), ("X-A", "1"), ("x-a", "2"), ("X-Umlaut", "\u00fc"), ("X-Empty", ""),
    ]  # fmt: skip


def test_too_many_headers() -> None:
    assert len(headers([(f"X-{n}", "v") for n in range(100)], PLACE, 0)) == 100
    with pytest.raises(Forbidden, match="100 headers"):
        headers([(f"X-{n}", "v") for n in range(101)], PLACE, 0)


def test_methods() -> None:
    assert [method(name) for name in ("get", "Post", "DELETE")] == ["GET", "POST", "DELETE"]
    for name in ("CONNECT", "TRACE", "", "GET ", "GET /x HTTP/1.1\r\nHost: y\r\n\r\nGET", "PROPFIND", "G\u0130T"):
        with pytest.raises(Forbidden, match="method"):
            method(name)
