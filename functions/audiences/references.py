"""What a definition names: metrics, groups, types of custom objects. They must exist, and groups of segments
must not go round in a circle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from cdp.documents import lists, metrics, object_types
from cdp.documents.segments import Segment, needed
from cdp.errors import Rejected
from cdp.ports import Table


class Reference(NamedTuple):
    """`kind` is metric, group, object type or relationship (its id follows that of its type); `pointer` leads to the id
    in the request."""

    kind: str
    id: str
    pointer: str


def find(definition: msgspec.Raw, pointer: str) -> list[Reference]:
    """Every reference of the definition, which stands at `pointer`."""
    return list(_walk(msgspec.json.decode(definition), pointer))


def _walk(value: Any, pointer: str) -> Iterator[Reference]:
    if isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _walk(inner, f"{pointer}/{position}")
    elif isinstance(value, dict):
        for name, inner in value.items():
            at = f"{pointer}/{name}"
            if name == "metric_id" and isinstance(inner, str):
                yield Reference("metric", inner, at)
            elif name == "object_type_id" and isinstance(inner, str):
                yield Reference("object type", inner, at)
            elif name == "object_type_relationship_id" and isinstance(inner, str):
                yield Reference("relationship", f"{value.get('object_type_id')}#{inner}", at)
            elif name == "group_ids" and isinstance(inner, list):
                yield from (Reference("group", id_, f"{at}/{i}") for i, id_ in enumerate(inner))
            else:
                yield from _walk(inner, at)


def check(
    table: Table, account_id: str, segment_id: str, references: Sequence[Reference], others: Mapping[str, Segment]
) -> None:
    """Refuse, with a pointer, what does not exist and groups that depend on this segment. `others`: the
    account's segments by id."""
    for reference in references:
        if reference.kind == "metric":
            if metrics.get(table, account_id, reference.id) is None:
                raise Rejected(f"A metric with id {reference.id} does not exist.", field=reference.pointer)
        elif reference.kind in ("object type", "relationship"):
            _check_type(table, account_id, reference)
        elif reference.id == segment_id or segment_id in needed(reference.id, others):
            raise Rejected(
                f"The group {reference.id} depends on this segment; segments cannot depend on each other in a circle.",
                field=reference.pointer,
            )
        elif reference.id not in others and lists.get(table, account_id, reference.id) is None:
            raise Rejected(f"A list or segment with id {reference.id} does not exist.", field=reference.pointer)


def _check_type(table: Table, account_id: str, reference: Reference) -> None:
    """A type of custom objects has at most one relationship, that to the profile."""
    type_id, _, relationship_id = reference.id.partition("#")
    found = object_types.get(table, account_id, type_id)
    if reference.kind == "object type":
        if found is None:
            raise Rejected(f"An object type with id {type_id} does not exist.", field=reference.pointer)
    elif found is not None and (found.relationship is None or found.relationship.id != relationship_id):
        raise Rejected(
            f"The object type has no relationship {relationship_id!r} to the profile.", field=reference.pointer
        )
