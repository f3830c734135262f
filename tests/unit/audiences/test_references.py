"""A condition on custom objects names a type that exists, and its relationship."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cdp import connect
from cdp.documents import object_types
from cdp.documents.object_types import ObjectType, Relationship
from cdp.errors import Rejected
from functions.audiences import references

ACCOUNT, PET, ORPHAN = "ABC234", "01KPET0000000000000000000A", "01KPET0000000000000000000B"
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def definition(type_id: str, relationship_id: str) -> msgspec.Raw:
    condition: dict[str, Any] = {
        "type": "profile-has-custom-object",
        "object_type_relationship_id": relationship_id,
        "object_type_id": type_id,
    }
    return msgspec.Raw(msgspec.json.encode({"condition_groups": [{"conditions": [condition]}]}))


@pytest.mark.parametrize(
    ("type_id", "relationship_id", "wrong"),
    [
        (PET, "owner", None),
        (PET, "parent", "object_type_relationship_id"),
        (ORPHAN, "owner", "object_type_relationship_id"),
        ("nothing", "owner", "object_type_id"),
    ],
)
def test_types_and_relationships(
    tmp_path: Path, type_id: str, relationship_id: str, wrong: str | None
) -> None:
    table = connect.table(f"sqlite://{tmp_path}/documents.db")
    owner = Relationship("owner", "source", ("id",), (("email", ("email",)),))
    object_types.save(table, ACCOUNT, ObjectType(PET, "schema", "Pet", NOW, True, relationship=owner))
    object_types.save(table, ACCOUNT, ObjectType(ORPHAN, "schema", "Orphan", NOW, True))
    found = references.find(definition(type_id, relationship_id), "")
    if wrong is None:
        references.check(table, ACCOUNT, "segment", found, {})
        return
    with pytest.raises(Rejected) as raised:
        references.check(table, ACCOUNT, "segment", found, {})
    assert raised.value.field == f"/condition_groups/0/conditions/0/{wrong}"
