"""Addresses that mail can be sent to, and lines that may stand in it."""

from __future__ import annotations

import re

from cdp.errors import Rejected

_ATOM = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.IGNORECASE)
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)
_LOCAL_CHARS, _ADDRESS_CHARS = 64, 254


def mail_address(text: str, field: str) -> str:
    """A plain address as services take it: no name, no comment, no quotes, no literal host; a host of another script in
    its ASCII form. Whatever passes has neither blanks nor line ends."""
    local, _, host = text.rpartition("@")
    try:
        host = host.encode("idna").decode()
    except UnicodeError as error:
        raise _refused(text, field) from error
    labels = host.split(".")
    if (
        not _ATOM.fullmatch(local)
        or len(local) > _LOCAL_CHARS
        or len(local) + 1 + len(host) > _ADDRESS_CHARS
        or not all(_LABEL.fullmatch(label) for label in labels)
        or labels[-1].isdigit()
    ):
        raise _refused(text, field)
    return f"{local}@{host}"


def one_line(text: str) -> str:
    """The text without line ends and whatever else cannot be seen: names are the customer's own."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _refused(text: str, field: str) -> Rejected:
    return Rejected(f"{text[:80]!r} is no e-mail address that mail can be sent to.", field=field)
