"""Pages of the members of a list or a segment, with the time at which each joined (SPEC §1.5, §4.3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from cdp.documents import memberships, profiles
from cdp.documents.named import moment
from cdp.jsonapi.cursors import Part
from cdp.jsonapi.cursors import refused as cursor_refused
from cdp.jsonapi.documents import Json, collection, identifier
from cdp.jsonapi.front import Request, Response
from cdp.jsonapi.matrix import EMAIL, INSTANT, PHONE, TEXT, Condition, Filters
from cdp.jsonapi.paging import Page, Slice, read_page
from cdp.jsonapi.ranges import EARLIEST, LATEST, ORDER, time_range
from cdp.jsonapi.times import format_instant
from cdp.model.profile import Profile
from cdp.ports import Table
from cdp.resources import profile as shown

JOINED = "joined_group_at"
PAGE, MAX_PAGE = 20, 100
_KINDS = {
    "email": "email",
    "phone_number": "phone_number",
    "push_token": "push_token",
    "_kx": "kx",
    "profile_id": "id",
}
_FIELDS = {
    "email": EMAIL("any", "equals"),
    "phone_number": PHONE("any", "equals"),
    "push_token": TEXT("any", "equals"),
    "_kx": TEXT("equals"),
    JOINED: INSTANT(*ORDER),
}
OF_LIST = Filters(_FIELDS)
OF_SEGMENT = Filters({**_FIELDS, "profile_id": TEXT("any", "equals")})


class Member(NamedTuple):
    joined_at: datetime
    profile: Profile


class Members:
    """The members of one group, as one request asks for them. `filters` is OF_LIST or OF_SEGMENT."""

    def __init__(self, table: Table, request: Request, group_id: str, filters: Filters) -> None:
        self._table, self._request, self._group_id = table, request, group_id
        self._account_id = request.account_id
        self._conditions = request.params.filter(filters)
        self._start, self._end = time_range(self._conditions, (JOINED,))

    def profiles(self) -> Response:
        """GET …/{id}/profiles"""
        params = self._request.params
        make = shown.resources(self._request, params.fields(shown.TYPE)).make
        additional = params.additional(shown.TYPE, shown.ADDITIONAL)
        page = self.page()
        data = [
            make(member.profile.id(self._account_id), _attributes(member, additional)) for member in page.rows
        ]
        return Response(document=collection(self._request, data, page))

    def ids(self) -> Response:
        """GET …/{id}/relationships/profiles"""
        page = self.page()
        data: list[Json] = [
            identifier(shown.TYPE, member.profile.id(self._account_id)) for member in page.rows
        ]
        return Response(document=collection(self._request, data, page))

    def page(self) -> Page[Member]:
        params = self._request.params
        sort = params.sort((JOINED,), JOINED)
        size, cursor = params.page_size(PAGE, MAX_PAGE), params.cursor(sort)
        named = [condition for condition in self._conditions if condition.field in _KINDS]
        if not named:
            return read_page(self._read, _position, sort=sort, size=size, cursor=cursor)
        found = self._look_up(named)
        return read_page(lambda part: _slice(found, part), _position, sort=sort, size=size, cursor=cursor)

    def _look_up(self, conditions: Sequence[Condition]) -> list[Member]:
        """The members that the filter names, ascending."""
        numbers = set.intersection(*(self._numbers(condition) for condition in conditions))
        pairs = [(self._group_id, no) for no in sorted(numbers)]
        joined = memberships.joined_at(self._table, self._account_id, pairs)
        found = [(at, no) for (_, no), at in joined.items() if self._start <= at < self._end]
        return sorted(self._members(found), key=_position)

    def _numbers(self, condition: Condition) -> set[int]:
        kind = _KINDS[condition.field]
        wanted = [(kind, str(value)) for value in condition.values]
        return set(profiles.find(self._table, self._account_id, wanted).values())

    def _read(self, part: Slice) -> list[Member]:
        """From the group's order, leaving out members whose profile has just been merged or erased."""
        after = None if part.after is None else self._place(part.after)
        rows: list[Member] = []
        while len(rows) < part.limit:
            found = memberships.page(
                self._table,
                self._account_id,
                self._group_id,
                start=None if self._start == EARLIEST else self._start,
                end=None if self._end == LATEST else self._end,
                descending=part.descending,
                limit=part.limit,
                after=after,
            )
            rows += self._members([(member.joined_at, member.profile_no) for member in found])
            if len(found) < part.limit:
                break
            after = found[-1].position
        return rows[: part.limit]

    def _members(self, found: Sequence[tuple[datetime, int]]) -> list[Member]:
        stored = profiles.get_many(self._table, self._account_id, [no for _, no in found])
        return [
            Member(at, one.profile) for (at, _), one in zip(found, stored, strict=True) if one is not None
        ]

    def _place(self, position: tuple[Part, ...]) -> memberships.Position:
        match position:
            case (str(at), int(no)):
                try:
                    joined = datetime.fromisoformat(at)
                except ValueError as error:
                    raise cursor_refused("The cursor does not belong to this collection.") from error
                return memberships.position(self._account_id, self._group_id, no, joined)
        raise cursor_refused("The cursor does not belong to this collection.")


def _attributes(member: Member, additional: tuple[str, ...]) -> Json:
    return {**shown.attributes(member.profile, additional), JOINED: format_instant(member.joined_at)}


def _position(member: Member) -> tuple[str, int]:
    return moment(member.joined_at), member.profile.no


def _slice(rows: list[Member], part: Slice) -> list[Member]:
    """The part of rows that are all at hand, ascending."""
    after = part.after
    if part.descending:
        kept = [row for row in reversed(rows) if after is None or _position(row) < after]
    else:
        kept = [row for row in rows if after is None or _position(row) > after]
    return kept[: part.limit]
