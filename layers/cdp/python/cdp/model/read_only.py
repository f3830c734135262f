"""Custom properties that the platform keeps itself: everybody reads them, nobody else writes them (SPEC §7.5). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NoReturn

import msgspec

from cdp.errors import Rejected
from cdp.model.payloads import ProfileResource

GROUP, PREVIOUS_GROUP, GROUP_CHANGED = "Current RFM group", "Previous RFM group", "RFM group last changed"
READ_ONLY = frozenset((GROUP, PREVIOUS_GROUP, GROUP_CHANGED))
_PLAIN, _ESCAPED = b"RFM group", b"\\u00"  # every name holds the first; JSON may write its letters as the second
_properties = msgspec.json.Decoder(dict[str, Any] | None)


def may_be_named(body: bytes) -> bool:
    """Might this JSON text name one of them? Quick; only its no is certain."""
    return _PLAIN in body or _ESCAPED in body


def check(profile: ProfileResource, pointer: str) -> None:
    """`Rejected` if the payload sets, patches or unsets one of them. `pointer` is that of the resource; the
    properties are an object or null."""
    raw = bytes(profile.attributes.properties)
    if raw and may_be_named(raw):
        _refuse_any(_properties.decode(raw) or (), f"{pointer}/attributes/properties")
    if (patch := profile.patch) is None or patch.patch_properties is None:
        return
    at = f"{pointer}{'/attributes' if profile.meta is None else ''}/meta/patch_properties"
    _refuse_any(patch.patch_properties.append or (), f"{at}/append")
    _refuse_any(patch.patch_properties.unappend or (), f"{at}/unappend")
    unset = patch.patch_properties.unset
    for name in _named([unset] if isinstance(unset, str) else unset or ()):
        _refuse(name, f"{at}/unset")


def _refuse_any(names: Iterable[str], pointer: str) -> None:
    for name in _named(names):
        _refuse(name, f"{pointer}/{name}")


def _named(names: Iterable[str]) -> Iterator[str]:
    return (name for name in names if name in READ_ONLY)


def _refuse(name: str, pointer: str) -> NoReturn:
    raise Rejected(f"{name!r} is kept by the platform and cannot be written.", field=pointer)
