"""A connection to a checked address: the name is resolved once, and what was checked is what is connected to."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable

from cdp.outbound.addresses import is_public
from cdp.outbound.deadline import Deadline
from cdp.outbound.names import Resolve, addresses
from cdp.outbound.policy import Target
from cdp.ports.outbound import Forbidden, Unreachable

Connect = Callable[[str, int, float], socket.socket]
"""A TCP connection to an address and port within seconds; OSError if there is none."""

MOST_ADDRESSES = 16  # tried of a name


def connect(address: str, port: int, timeout_s: float) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.settimeout(timeout_s)
        made.connect((address, port))
    except BaseException:
        made.close()
        raise
    return made


def dial(
    place: Target, resolve: Resolve, connect: Connect, trust: ssl.SSLContext | None, deadline: Deadline, share: str
) -> socket.socket:
    """`Forbidden` if any address of the name is not public, or the other end is not the one that was checked.
    With `trust` the connection speaks TLS to the name, and an end that TLS does not tell is an error: anybody on the way
    could have cut it off there (RFC 9112, 9.8)."""
    found = list(place.addresses) or addresses(place.host, resolve, deadline, share)
    if not place.loopback and not all(map(is_public, found)):
        raise Forbidden(f"The host {place.host} has an address that is not a public one.")
    made = _first(found[:MOST_ADDRESSES], place, connect, deadline)
    return made if trust is None else _secured(made, place, trust, deadline)


def _secured(made: socket.socket, place: Target, trust: ssl.SSLContext, deadline: Deadline) -> socket.socket:
    try:
        made.settimeout(deadline.left_s())
        return trust.wrap_socket(made, server_hostname=place.host.strip("[]"), suppress_ragged_eofs=False)
    except ssl.SSLCertVerificationError as error:
        raise Unreachable(f"The certificate of {place.host} is not valid: {error.verify_message}.") from error
    except TimeoutError as error:
        raise deadline.over() from error
    except OSError as error:
        raise Unreachable(f"The host {place.host} does not speak TLS as it should.") from error
    finally:
        made.close()  # what has been wrapped is another object, and goes on


def _first(found: list[str], place: Target, connect: Connect, deadline: Deadline) -> socket.socket:
    """The first address that answers. Each gets its share of the time that is left."""
    failed: OSError | None = None
    for tried, address in enumerate(found):
        try:
            made = connect(address, place.port, deadline.left_s() / (len(found) - tried))
        except OSError as error:
            failed = error
            continue
        _check_peer(made, address, place)
        return made
    deadline.left_s()
    why = "did not answer in time" if isinstance(failed, TimeoutError) else "refuses connections or is out of reach"
    raise Unreachable(f"The host {place.host} {why}.") from failed


def _check_peer(made: socket.socket, address: str, place: Target) -> None:
    try:
        peer = str(made.getpeername()[0])
    except OSError as error:
        made.close()
        raise Unreachable(f"The host {place.host} hung up.") from error
    if peer != address or not (place.loopback or is_public(peer)):
        made.close()
        raise Forbidden(f"The other end of the connection to {place.host} is not the address that was checked.")
