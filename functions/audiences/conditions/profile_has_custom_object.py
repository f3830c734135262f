"""`profile-has-custom-object`: how many records of a type belong to the person (SPEC §2.5).

A type has one relationship with profiles, so the id of the relationship says nothing more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import msgspec

from cdp.errors import Rejected
from cdp.filters import grammar
from cdp.filters.events import MAX_FILTERS
from cdp.filters.filter import Filter
from cdp.filters.json_text import layered
from cdp.filters.numbers import NumericFilter
from cdp.filters.placeholders import Placeholders
from cdp.filters.values import Json
from cdp.query.sql import json_path
from functions.audiences.conditions.condition import (
    ConditionType,
    Context,
    Dependencies,
    Facts,
    Part,
    any_relative,
)
from functions.audiences.conditions.events import Id

_NUMERIC = grammar.kinds(NumericFilter)
_CURRENT = """
SELECT profile_no, properties, row_number() OVER (PARTITION BY record_id ORDER BY revision DESC) AS newest
FROM object_records WHERE object_type_id = :type
"""


class _Given(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    type: Literal["profile-has-custom-object"]
    object_type_id: Id
    object_type_relationship_id: Id
    filter: dict[str, Any]
    filters: list[Any]


class _Property(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    property_id: int
    filter: dict[str, Any]


class RecordFilter(NamedTuple):
    """A filter on one property of the record, by its number as text."""

    property: str
    filter: Filter


@dataclass(frozen=True, slots=True)
class HasCustomObject:
    object_type_id: str
    amount: NumericFilter
    filters: tuple[RecordFilter, ...]

    @property
    def dependencies(self) -> Dependencies:
        return Dependencies(object_type_ids=frozenset((self.object_type_id,)))

    @property
    def relative(self) -> bool:
        return any_relative(one.filter for one in self.filters)

    def part(self, context: Context) -> Part:
        """Who has no such record has 0 of them: where 0 will do, the others are looked for."""
        values = Placeholders()
        source, condition = self._records(values, context)
        zero = self.amount.number_holds(0.0)
        amount = self.amount.number_sql("CAST(count(*) AS DOUBLE)", values)
        text = (
            f"SELECT profile_no FROM ({source}) AS found WHERE {condition} GROUP BY profile_no "
            f"HAVING {f'NOT ({amount})' if zero else amount}"
        )
        current = Placeholders()
        current.params["type"] = self.object_type_id
        return Part(values.select(text, {"current": current.select(_CURRENT)}), negated=zero)

    def _records(self, values: Placeholders, context: Context) -> tuple[str, str]:
        """The type's records with the columns of the filters, and the condition on them."""
        names = [f"j{n}" for n in range(len(self.filters))]
        columns = ["profile_no"]
        for name, one in zip(names, self.filters, strict=True):
            path = values.add(json_path(one.property))
            columns.append(f"nullif(json_format(json_extract(properties, {path})), 'null') AS {name}")
        source = f"SELECT {', '.join(columns)} FROM current WHERE newest = 1 AND properties <> 'null'"
        filters = list(zip(names, self.filters, strict=True))
        source = layered(source, ["profile_no", *names], [one.filter.layers(name) for name, one in filters])
        conditions = [one.filter.sql(name, values, context) for name, one in filters]
        return source, " AND ".join(conditions) or "true"

    def holds(self, facts: Facts, context: Context) -> bool:
        records = facts.records.get(self.object_type_id, ())
        return self.amount.number_holds(float(sum(self._passes(record, context) for record in records)))

    def _passes(self, record: Mapping[str, Json], context: Context) -> bool:
        return all(one.filter.holds(record.get(one.property), context) for one in self.filters)


def parse(data: dict[str, Any], pointer: str) -> HasCustomObject:
    given = grammar.convert(data, _Given, pointer)
    amount = grammar.read_as(NumericFilter, given.filter, f"{pointer}/filter", _NUMERIC)
    if not isinstance(amount.value, int):
        raise Rejected("Records are counted in whole numbers.", field=f"{pointer}/filter/value")
    if len(given.filters) > MAX_FILTERS:
        raise Rejected(f"At most {MAX_FILTERS} filters are possible here.", field=f"{pointer}/filters")
    filters = []
    for number, one in enumerate(given.filters):
        at = f"{pointer}/filters/{number}"
        wanted = grammar.convert(one, _Property, at)
        condition = grammar.read(wanted.filter, f"{at}/filter", grammar.RECORD_PROPERTY)
        filters.append(RecordFilter(str(wanted.property_id), condition))
    return HasCustomObject(given.object_type_id, amount, tuple(filters))


CONDITION = ConditionType("profile-has-custom-object", parse)
