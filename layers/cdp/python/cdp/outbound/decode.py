"""Bodies of answers, decoded under a limit: what a few bytes unfold to counts, not what came over the wire."""

from __future__ import annotations

import zlib
from typing import Protocol

from cdp.ports.outbound import Unreachable

ACCEPTED = "gzip, deflate"
_GZIP, _ZLIB, _RAW = 31, 15, -15  # zlib's window bits


class Body(Protocol):
    def feed(self, data: bytes) -> None: ...
    def whole(self) -> bytes: ...


def body(encoding: str, max_bytes: int) -> Body:
    """By the header Content-Encoding. More than one encoding, or one that was not asked for, is `Unreachable`."""
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return _Plain(max_bytes)
    if name in ("gzip", "x-gzip"):
        return _Packed(_GZIP, max_bytes)
    if name == "deflate":
        return _Packed(_ZLIB, max_bytes)
    raise Unreachable(f"The answer is encoded as {name[:40]}, which was not asked for.")


def too_large(max_bytes: int) -> Unreachable:
    return Unreachable(f"The answer is larger than {max_bytes} bytes.")


class _Plain:
    def __init__(self, max_bytes: int) -> None:
        self._parts: list[bytes] = []
        self._size, self._max_bytes = 0, max_bytes

    def feed(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > self._max_bytes:
            raise too_large(self._max_bytes)
        self._parts.append(data)

    def whole(self) -> bytes:
        return b"".join(self._parts)


class _Packed:
    """One stream of zlib's; what follows its end is refused, as a second member would be."""

    def __init__(self, window: int, max_bytes: int) -> None:
        self._plain = _Plain(max_bytes)
        self._max_bytes = max_bytes
        self._window = window
        self._stream = zlib.decompressobj(window)
        self._begun = False

    def feed(self, data: bytes) -> None:
        if not data:
            return
        if not self._begun and self._window == _ZLIB and data[0] & 0x0F != 8:
            self._stream = zlib.decompressobj(_RAW)  # what some servers call deflate
        self._begun = True
        try:
            # One byte more than allowed tells an answer that is too large from one that just fits.
            self._plain.feed(self._stream.decompress(data, self._max_bytes + 1))
        except zlib.error as error:
            raise Unreachable("The answer's body is not what its Content-Encoding says.") from error
        if self._stream.unconsumed_tail:
            raise too_large(self._max_bytes)
        if self._stream.unused_data:
            raise Unreachable("The answer's body goes on after its end.")

    def whole(self) -> bytes:
        if self._begun and not self._stream.eof:
            raise Unreachable("The answer's body ends before its end.")
        return self._plain.whole()
