"""Which addresses are public: tables, and the standard library as a second opinion."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.outbound.addresses import is_public

PUBLIC = (
    "1.1.1.1", "8.8.8.8", "9.9.9.9", "11.0.0.0", "52.94.236.248", "93.184.215.14", "100.63.255.255", "100.128.0.0",
    "126.255.255.255", "128.0.0.0", "168.63.129.15", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0",
    "192.0.1.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "203.0.112.255", "223.255.255.255",
    "2001:4860:4860::8888", "2606:4700:4700::1111", "2a00:1450:4001:82b::200e", "2600:1f18::1", "2003::1", "2400::",
)  # fmt: skip
CLOSED = (
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "100.127.255.255",
    "127.0.0.1", "127.1.2.3", "127.255.255.255", "168.63.129.16", "169.254.0.1", "169.254.169.254", "169.254.170.2",
    "169.254.170.23", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.192", "192.0.2.1", "192.31.196.1",
    "192.52.193.1", "192.88.99.1", "192.168.0.1", "192.168.255.255", "192.175.48.1", "198.18.0.1", "198.19.255.255",
    "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::7f00:1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:0:169.254.169.254",
    "64:ff9b::a9fe:a9fe", "64:ff9b::8.8.8.8", "64:ff9b:1::a00:1", "100::1", "2001::1", "2001:0:4136:e378::", "2001:2::1",
    "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2620:4f:8000::1", "3fff::1",
    "5f00::1", "fc00::1", "fd00:ec2::254", "fd20:ce::254", "fd12:3456::1", "fe80::1", "fe80::1%eth0",
    "2600:1f18::1%eth0", "fec0::1", "ff02::1", "2a00:1450::5efe:a00:1", "2a00:1450::200:5efe:a00:1", "4000::1", "e000::",
    "", "x", "1.1.1", "01.1.1.1", "1.1.1.1.1", "1.1.1.1 ", "0x7f.0.0.1", "2130706433", "[::1]", "::ffff:1.1.1.1%1",
)  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", CLOSED)
def test_an_address_of_anything_else_is_not(address: str) -> None:
    assert not is_public(address)


@settings(max_examples=300)
@given(st.integers(0, 2**32 - 1).map(IPv4Address))
def test_nothing_is_public_that_the_standard_library_holds_back(address: IPv4Address) -> None:
    assert address.is_global or not is_public(str(address))


@settings(max_examples=300)
@given(st.integers(0, 2**128 - 1).map(IPv6Address))
def test_nor_of_the_longer_addresses(address: IPv6Address) -> None:
    assert address.is_global or not is_public(str(address))


@settings(max_examples=100)
@given(st.integers(0, 2**32 - 1), st.integers(0, 2**16 - 1))
def test_no_address_within_an_address_passes(inner: int, rest: int) -> None:
    """Whatever is within, public or not: mapped, compatible, translated, NAT64, 6to4, Teredo, ISATAP."""
    within = (
        inner, 0xFFFF << 32 | inner, 0xFFFF << 48 | inner, 0x64FF9B << 96 | inner,
        0x0064FF9B0001 << 80 | rest << 64 | inner, 0x2002 << 112 | inner << 80 | rest, 0x20010000 << 96 | rest << 64 | inner,
        0x2A00 << 112 | 0x5EFE << 32 | inner,
    )  # fmt: skip
    assert not any(is_public(str(IPv6Address(number))) for number in within)
