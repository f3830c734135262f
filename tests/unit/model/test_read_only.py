"""Properties that the platform keeps: no way of writing a profile reaches them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from cdp.errors import Rejected
from cdp.model import read_only
from cdp.model.payloads import ProfileResource
from cdp.model.profile import Profile, change
from functions.ingest.parse import check
from functions.profiles.bodies import read_row

NOW = datetime(2026, 7, 1, tzinfo=UTC)
GROUP = read_only.GROUP
_resource = msgspec.json.Decoder(ProfileResource)


def profile(**more: Any) -> dict[str, Any]:
    attributes = {"email": "a@shop.example", **more.pop("attributes", {})}
    return {"type": "profile", "attributes": attributes, **more}


PATCHES = [{"append": {GROUP: "x"}}, {"unappend": {GROUP: "x"}}, {"unset": GROUP}, {"unset": ["a", GROUP]}]
WRITES = [
    *((profile(attributes={"properties": {"a": 1, name: "x"}}), f"/attributes/properties/{name}") for name in read_only.READ_ONLY),
    (profile(attributes={"properties": {GROUP: None}}), f"/attributes/properties/{GROUP}"),
    *((profile(meta={"patch_properties": one}), f"/meta/patch_properties/{next(iter(one))}") for one in PATCHES),
    (profile(attributes={"meta": {"patch_properties": PATCHES[2]}}), "/attributes/meta/patch_properties/unset"),
]


@pytest.mark.parametrize(("sent", "pointer"), WRITES)
@pytest.mark.parametrize("escaped", [False, True])
def test_a_write_is_refused_where_it_stands(sent: dict[str, Any], pointer: str, escaped: bool) -> None:
    text = json.dumps(sent)
    if escaped:
        text = text.replace("RFM", "\\u0052F\\u004d")
    with pytest.raises(Rejected) as refused:
        read_row(msgspec.Raw(text.encode()), "")
    assert refused.value.status == 400
    assert str(refused.value.field).startswith(pointer)
    event = {"metric": {"data": {"type": "metric", "attributes": {"name": "m"}}}, "properties": {}}
    body = json.dumps({"data": {"type": "event", "attributes": {**event, "profile": {"data": "PERSON"}}}})
    with pytest.raises(Rejected) as refused:
        check("event", body.replace('"PERSON"', text).encode(), NOW)
    assert str(refused.value.field).startswith(f"/data/attributes/profile/data{pointer}")


def test_events_may_have_properties_of_these_names() -> None:
    event = {
        "metric": {"data": {"type": "metric", "attributes": {"name": "m"}}}, "properties": {GROUP: "x"},
        "profile": {"data": profile(attributes={"properties": {"a": "of an RFM group"}})},
    }  # fmt: skip
    assert check("event", json.dumps({"data": {"type": "event", "attributes": event}}).encode(), NOW).events == 1


def test_clearing_all_properties_leaves_them() -> None:
    held = Profile(1, NOW, NOW, properties={"a": 1, GROUP: "Champions"})
    sent = _resource.decode(json.dumps(profile(attributes={"properties": None})).encode())
    assert change(held, sent.attributes, None)
    assert held.properties == {GROUP: "Champions"}
    assert not change(held, sent.attributes, None)
