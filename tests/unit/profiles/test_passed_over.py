"""Values for properties that an active transformation writes are passed over, and the answer says so."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from cdp import connect
from cdp.documents import transformations
from cdp.transformations.definition import Format, FormatOptions
from tests.unit.profiles.conftest import Room, body

EMAIL = "ann@shop.example"


@pytest.fixture
def capitals(room: Room) -> Room:
    """The property `City/Town` is transformed."""
    one = transformations.new(
        "Cities",
        Format("City/Town", FormatOptions(capitalize_words=True)),
        datetime(2026, 1, 1, tzinfo=UTC),
        active=True,
    )
    transformations.create(connect.table(room.settings.table), room.caller.account_id, one)
    return room


def pointers(document: dict[str, Any]) -> list[str]:
    return [one["source"]["pointer"] for one in document.get("meta", {}).get("warnings", [])]


def test_every_way_of_writing_warns(capitals: Room) -> None:
    sent = {"City/Town": "lyon", "City/Town_transformed": "mine", "other_transformed": "mine"}
    at = "/data/attributes/properties/City~1Town_transformed"
    made = capitals.create(email=EMAIL, properties=sent)
    assert pointers(made.document) == [at]
    kept = {"City/Town": "lyon", "City/Town_transformed": "Lyon", "other_transformed": "mine"}
    assert made.data["attributes"]["properties"] == kept
    id_ = made.data["id"]
    for answer in (
        capitals.caller("PATCH", f"/api/profiles/{id_}", body(id_, properties=sent)),
        capitals.caller("POST", "/api/profile-import", body(email=EMAIL, properties=sent)),
    ):
        assert pointers(answer.document) == [at]
        assert answer.data["attributes"]["properties"] == kept
    meta = {"patch_properties": {"unset": ["City/Town_transformed"], "append": {"City/Town_transformed": "x"}}}
    patched = capitals.caller("PATCH", f"/api/profiles/{id_}", body(id_, meta=meta))
    assert patched.data["attributes"]["properties"] == kept
    assert "City/Town_transformed is the result" in patched.document["meta"]["warnings"][0]["detail"]


def test_without_such_a_value_there_is_no_warning(capitals: Room) -> None:
    assert "meta" not in capitals.create(email=EMAIL, properties={"City/Town": "x_transformed"}).document
    assert "meta" not in capitals.create(email="bob@shop.example", properties={"b_transformed": 1}).document
