"""What an answer warns of: values for properties that an active transformation writes are passed over (SPEC §16)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from cdp.documents import transformations
from cdp.jsonapi.documents import Json
from cdp.model.payloads import ProfileResource
from cdp.ports import Table
from cdp.transformations.definition import SUFFIX

_properties = msgspec.json.Decoder(dict[str, Any] | None)


def meta(table: Table, account_id: str, sent: ProfileResource) -> Json:
    """{"meta": …} for the document, or nothing to say."""
    named = {name: at for name, at in _named(sent) if name.endswith(SUFFIX)}
    if not named:
        return {}
    results = transformations.active(table, account_id).results
    warnings = [
        {
            "title": "Value passed over.",
            "detail": f"{name} is the result of a data transformation and cannot be written.",
            "source": {"pointer": at},
        }
        for name, at in named.items()
        if name in results
    ]
    return {"meta": {"warnings": warnings}} if warnings else {}


def _named(sent: ProfileResource) -> Iterator[tuple[str, str]]:
    """Custom properties that the payload names, and where."""
    if raw := bytes(sent.attributes.properties):
        for name in _properties.decode(raw) or ():
            yield name, f"/data/attributes/properties/{_escaped(name)}"
    patch = sent.patch.patch_properties if sent.patch else None
    if patch is None:
        return
    for verb, changed in (("append", patch.append), ("unappend", patch.unappend)):
        for name in changed or ():
            yield name, f"/data/meta/patch_properties/{verb}/{_escaped(name)}"
    for name in [patch.unset] if isinstance(patch.unset, str) else patch.unset or ():
        yield name, "/data/meta/patch_properties/unset"


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
