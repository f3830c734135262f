"""`profile-group-membership`: in any of some lists and segments, perhaps since a certain time; or in none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from cdp.errors import Rejected
from cdp.filters import dates, grammar
from cdp.filters.dates import SpanFilter
from cdp.filters.placeholders import Placeholders
from cdp.query.sql import select
from functions.audiences.conditions.condition import ConditionType, Context, Dependencies, Facts, Part
from functions.audiences.conditions.events import Id

_TIMEFRAMES = grammar.kinds(
    dates.StaticDateFilter, dates.StaticDateRangeFilter, dates.RelativeDateFilter, dates.RelativeDateRangeFilter
)
_CURRENT = """
SELECT profile_no, occurred_at, action,
  row_number() OVER (PARTITION BY group_id, profile_no ORDER BY logged_at DESC, action) AS newest
FROM segment_log WHERE group_id IN (:groups)
"""


class _Given(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    type: Literal["profile-group-membership"]
    is_member: bool
    group_ids: Annotated[tuple[Id, ...], Meta(min_length=1, max_length=100)]
    timeframe_filter: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class GroupMembership:
    is_member: bool
    group_ids: tuple[str, ...]
    timeframe: SpanFilter | None

    @property
    def dependencies(self) -> Dependencies:
        return Dependencies(group_ids=frozenset(self.group_ids))

    @property
    def relative(self) -> bool:
        return self.timeframe is not None and self.timeframe.relative

    def part(self, context: Context) -> Part:
        values = Placeholders()
        text = "SELECT profile_no FROM current WHERE newest = 1 AND action = 'joined'"
        if self.timeframe is not None:
            text += f" AND {self.timeframe.window(context).sql('occurred_at', values)}"
        current = select(_CURRENT, groups=self.group_ids)
        return Part(values.select(text, {"current": current}), negated=not self.is_member)

    def holds(self, facts: Facts, context: Context) -> bool:
        joined = (facts.memberships[id_] for id_ in self.group_ids if id_ in facts.memberships)
        if self.timeframe is None:
            return self.is_member == any(True for _ in joined)
        window = self.timeframe.window(context)
        return self.is_member == any(map(window.holds, joined))


def parse(data: dict[str, Any], pointer: str) -> GroupMembership:
    given = grammar.convert(data, _Given, pointer)
    timeframe = None
    if given.timeframe_filter is not None:
        if not given.is_member:
            raise Rejected(
                "Only members have a time of joining; leave timeframe_filter out.", field=f"{pointer}/timeframe_filter"
            )
        timeframe = grammar.read_as(
            SpanFilter, given.timeframe_filter, f"{pointer}/timeframe_filter", _TIMEFRAMES
        )
    return GroupMembership(given.is_member, given.group_ids, timeframe)


CONDITION = ConditionType("profile-group-membership", parse)
