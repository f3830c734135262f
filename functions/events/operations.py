"""The operations on recorded events."""

from __future__ import annotations

from collections.abc import Mapping

from cdp.documents import profiles
from cdp.errors import not_found
from cdp.jsonapi.cursors import Part
from cdp.jsonapi.cursors import refused as cursor_refused
from cdp.jsonapi.documents import Json, collection, identifier, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.jsonapi.matrix import Condition
from cdp.jsonapi.paging import Page, Slice, read_page
from cdp.jsonapi.times import epoch_us, from_epoch_us
from cdp.lake import event_rows
from cdp.lake.event_rows import EventRow, Wanted
from cdp.model.ids import parse_event_name, profile_id, profile_no
from cdp.ports import Engine, Lake, Table
from cdp.resources import event as resource
from cdp.resources import metric as metric_resource
from cdp.resources import profile as profile_resource
from functions.events import attributions
from functions.events.attributions import Credit
from functions.events.bounds import FILTERS, time_bounds, wanted_ids
from functions.events.catalogue import Catalogue

PAGE, MAX_PAGE = 200, 1000
INCLUDE = ("attributions", "metric", "profile")
SORTS = ("datetime", "timestamp")
_END_OF_TIME_US = 253_402_300_800_000_000  # the year 10000


class Events:
    def __init__(self, table: Table, engine: Engine, lake: Lake) -> None:
        self._table, self._engine, self._lake = table, engine, lake
        self._metrics = Catalogue(table)

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {
            "GET /api/events": self.listed,
            "GET /api/events/{id}": self.one,
            "GET /api/events/{id}/metric": self.metric,
            "GET /api/events/{id}/relationships/metric": self.metric_id,
            "GET /api/events/{id}/profile": self.profile,
            "GET /api/events/{id}/relationships/profile": self.profile_id,
        }

    def listed(self, request: Request) -> Response:
        """Newest first unless asked otherwise; keyset on (occurred_at, event_id)."""
        params = request.params
        conditions = params.filter(FILTERS)
        include = params.include(INCLUDE)
        sort = params.sort(SORTS, "-datetime")
        size, cursor = params.page_size(PAGE, MAX_PAGE), params.cursor(sort)
        wanted = self._wanted(request, conditions)
        if wanted is None:
            page: Page[EventRow] = Page([])
        else:
            page = read_page(
                lambda part: self._rows(request.account_id, wanted, part),
                _position,
                sort=sort,
                size=size,
                cursor=cursor,
            )
        data, included = self._show(request, page.rows, include)
        return Response(document=collection(request, data, page, included))

    def _wanted(self, request: Request, conditions: tuple[Condition, ...]) -> Wanted | None:
        """What to look for, or None: nothing can match."""
        start, end = time_bounds(conditions, request.now)
        metric_ids, profile_ids = wanted_ids(conditions, "metric_id"), wanted_ids(conditions, "profile_id")
        numbers = () if metric_ids is None else self._metrics.numbers(request.account_id, metric_ids)
        person = None
        if profile_ids is not None:
            person = profile_no(request.account_id, profile_ids[0]) if profile_ids else None
            if person is None:
                return None
        if metric_ids is not None and not numbers:
            return None
        return Wanted(start, end, numbers, person)

    def _rows(self, account_id: str, wanted: Wanted, part: Slice) -> list[EventRow]:
        after = None
        if part.after is not None:
            at, number = _whole(part.after)
            after = (from_epoch_us(at), number)
        return event_rows.read(
            self._engine,
            self._lake,
            account_id,
            wanted,
            descending=part.descending,
            limit=part.limit,
            after=after,
        )

    def one(self, request: Request) -> Response:
        include = request.params.include(INCLUDE)
        data, included = self._show(request, [self._row(request)], include)
        return Response(document=single(request, data[0], included))

    def metric(self, request: Request) -> Response:
        return Response(document=single(request, self._metric_resources(request, [self._row(request)])[0]))

    def metric_id(self, request: Request) -> Response:
        row = self._row(request)
        metric = self._metrics.by_number(request.account_id, row.metric_no)
        return Response(document=single(request, identifier(metric_resource.TYPE, metric.id)))

    def profile(self, request: Request) -> Response:
        row = self._row(request)
        found = self._profile_resources(request, [row])
        if not found:
            raise not_found("profile", profile_id(request.account_id, row.profile_no))
        return Response(document=single(request, found[0]))

    def profile_id(self, request: Request) -> Response:
        id_ = profile_id(request.account_id, self._row(request).profile_no)
        return Response(document=single(request, identifier(profile_resource.TYPE, id_)))

    def _row(self, request: Request) -> EventRow:
        id_ = request.path["id"]
        name = parse_event_name(id_)
        row = None if name is None else event_rows.one(self._engine, request.account_id, *name)
        if row is None:
            raise not_found("event", id_)
        return row

    def _show(
        self, request: Request, rows: list[EventRow], include: tuple[str, ...]
    ) -> tuple[list[Json], list[Json] | None]:
        """The events, and what is included with them. Attributions are reckoned when they are asked for."""
        account_id = request.account_id
        owed = None
        if "attributions" in include:
            owed = attributions.find(self._table, self._engine, account_id, rows)
        make = resource.resources(request, request.params.fields("event")).make
        shown = []
        for row in rows:
            metric = self._metrics.by_number(account_id, row.metric_no)
            related = resource.related(account_id, row, metric.id)
            if owed is not None:
                related["attributions"] = [
                    identifier(attributions.TYPE, one.id) for one in owed.get(row.event_id, ())
                ]
            shown.append(make(resource.event_id(row), resource.attributes(account_id, row), related))
        return shown, self._included(request, include, rows, owed or {}) if include else None

    def _included(
        self,
        request: Request,
        include: tuple[str, ...],
        rows: list[EventRow],
        owed: Mapping[int, list[Credit]],
    ) -> list[Json]:
        included: list[Json] = []
        if "metric" in include:
            included += self._metric_resources(request, rows)
        if "profile" in include:
            included += self._profile_resources(request, rows)
        listed = [(one, row.metric_no) for row in rows for one in owed.get(row.event_id, ())]
        known = attributions.campaign_ids(self._table, request.account_id, [one for one, _ in listed])
        return included + [attributions.resource(request, one, metric_no, known) for one, metric_no in listed]

    def _metric_resources(self, request: Request, rows: list[EventRow]) -> list[Json]:
        make = metric_resource.resources(request, request.params.fields(metric_resource.TYPE)).make
        numbers = dict.fromkeys(row.metric_no for row in rows)
        found = [self._metrics.by_number(request.account_id, no) for no in numbers]
        return [make(metric.id, metric_resource.attributes(metric)) for metric in found]

    def _profile_resources(self, request: Request, rows: list[EventRow]) -> list[Json]:
        params, account_id = request.params, request.account_id
        make = profile_resource.resources(request, params.fields(profile_resource.TYPE)).make
        additional = params.additional(profile_resource.TYPE, profile_resource.ADDITIONAL)
        numbers = list(dict.fromkeys(row.profile_no for row in rows))
        found = profiles.get_many(self._table, account_id, numbers)
        return [
            make(stored.profile.id(account_id), profile_resource.attributes(stored.profile, additional))
            for stored in found
            if stored is not None
        ]


def _position(row: EventRow) -> tuple[int, int]:
    return epoch_us(row.occurred_at), row.event_id


def _whole(position: tuple[Part, ...]) -> tuple[int, int]:
    """(microseconds, event number) of a cursor."""
    match position:
        case (int(at), int(number)) if 0 <= at < _END_OF_TIME_US and -(1 << 63) <= number < 1 << 63:
            return at, number
    raise cursor_refused("The cursor does not belong to this collection.")
