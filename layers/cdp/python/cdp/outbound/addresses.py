"""Which addresses of the internet are anybody's, and which belong to this machine, its neighbours or its cloud.

Sources: the IANA special-purpose registries of IPv4 and IPv6 addresses. What is not surely public is not public:
of IPv6 only 2000::/3 is handed out, and of that everything special is left out, also what the registries call
globally reachable (anycast of protocols has nothing that a customer could want). A table of our own, because
`ipaddress.is_global` differs from one Python to the next.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

_CLOSED_4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network; Linux connects 0.0.0.0 to itself
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by carriers; a cloud's metadata at 100.100.100.200
        "127.0.0.0/8",  # loopback; the runtime interface of Lambda at 127.0.0.1:9001
        "168.63.129.16/32",  # a cloud's host, from within its machines
        "169.254.0.0/16",  # link-local; metadata at 169.254.169.254, tasks' credentials at 169.254.170.2
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocols; a cloud's metadata at 192.0.0.192
        "192.0.2.0/24",  # documentation (TEST-NET-1)
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation (TEST-NET-2)
        "203.0.113.0/24",  # documentation (TEST-NET-3)
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
# Everything else is no unicast address of the internet: loopback, unspecified, mapped (::ffff:0:0/96), compatible
# (::/96), translated (::ffff:0:0:0/96), NAT64 (64:ff9b::/96 and 64:ff9b:1::/48), discard, unique local (fc00::/7, a
# cloud's metadata at fd00:ec2::254), link-local, site-local, multicast, segment routing.
_OPEN_6 = IPv6Network("2000::/3")
_CLOSED_6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocols: Teredo, benchmarking, ORCHID, AMT, AS112
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: any IPv4 address within
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
_ISATAP = (0x00005EFE, 0x02005EFE)  # bits 32 to 63: an IPv4 address within, whatever the network


def is_public(address: str) -> bool:
    """Whether the address, as the system writes it, is one of the open internet."""
    if "." in address and ":" not in address:
        return _public_4(address)
    return _public_6(address)


def _public_4(text: str) -> bool:
    try:
        address = IPv4Address(text)
    except ValueError:
        return False
    return not any(address in network for network in _CLOSED_4)


def _public_6(text: str) -> bool:
    try:
        address = IPv6Address(text)
    except ValueError:
        return False
    if address.scope_id is not None or address not in _OPEN_6:
        return False
    if (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
        return False
    return not any(address in network for network in _CLOSED_6)
