"""Keyset cursors (SPEC §1.4): where a page ended, and in which order.

A cursor names the sort and the sort key of the row at the page's edge, never an offset: rows that are added
meanwhile make no older row repeat or vanish.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

import msgspec

from cdp.errors import Rejected

PARAMETER = "page[cursor]"
Part = str | int
_decoder = msgspec.json.Decoder(tuple[str, bool, list[str | int]])
_MAX_CHARS = 4_000
_MAX_KEY_BYTES = 1024  # DynamoDB's largest sort key
_URL_LAYERS = 4  # an address within an address, percent-encoded once or twice


@dataclass(frozen=True, slots=True)
class Cursor:
    """`position`: sort key of the row at the edge, made unique by its id. `backward`: the page before it."""

    sort: str
    position: tuple[Part, ...]
    backward: bool = False

    def encode(self) -> str:
        """Letters, digits, - and _ only: percent-encoding changes nothing."""
        plain = msgspec.json.encode((self.sort, self.backward, self.position))
        return base64.urlsafe_b64encode(plain).decode().rstrip("=")


def read_cursor(text: str) -> Cursor:
    """A cursor out of `text`: as we gave it, or within a complete address (see `cursor_text`)."""
    opaque = cursor_text(text)
    try:
        plain = base64.b64decode(opaque + "=" * (-len(opaque) % 4), altchars=b"-_", validate=True)
        sort, backward, position = _decoder.decode(plain)
    except (binascii.Error, ValueError, msgspec.DecodeError) as error:
        raise refused("The cursor is not one that this API has given.") from error
    if any(isinstance(part, str) and len(part.encode()) > _MAX_KEY_BYTES for part in position):
        raise refused("The cursor is not one that this API has given.")
    return Cursor(sort, tuple(position), backward)


def cursor_text(text: str) -> str:
    """The cursor within `text`. SDKs pass `links.next` whole, percent-encoded once or twice more."""
    text = text.strip()
    for _ in range(_URL_LAYERS):
        if len(text) > _MAX_CHARS:
            raise refused("The cursor is too long.")
        if "://" in text:
            query = parse_qsl(text.partition("?")[2].partition("#")[0])
            inner = next((value for name, value in query if unquote(name) == PARAMETER), None)
            if inner is None:
                raise refused("The address given as cursor has no page[cursor].")
            text = inner
        elif "%" in text:
            text = unquote(text)
        else:
            return text
    raise refused("The cursor is not one that this API has given.")


def refused(message: str) -> Rejected:
    return Rejected(message, parameter=PARAMETER)
