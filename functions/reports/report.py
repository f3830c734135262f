"""What a report kind is: parameters in, a query, rows out; and what it is told of the account.

A kind is one file in functions/reports/kinds and one line in `catalogue.REPORTS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from cdp.attribution.settings import AttributionSettings
from cdp.documents.funnels import Funnel
from cdp.documents.rfm import Saved as RfmSettings
from cdp.errors import Rejected
from cdp.jsonapi.errors import from_validation_error
from cdp.orders.book import OrderBook
from cdp.orders.products import Shelf
from cdp.query.counted import Counted, Group, KnownMetric
from cdp.query.records import structs
from cdp.query.sql import Query
from functions.reports.senders import Named, Sender

P = TypeVar("P", bound=msgspec.Struct)
R = TypeVar("R", bound=msgspec.Struct)
MOMENT = timedelta(microseconds=1)


class KnownSegment(msgspec.Struct, frozen=True):
    """`created` is UTC; `definition` JSON as it was sent."""

    id: str
    name: str
    created: datetime
    is_active: bool
    is_starred: bool
    definition: msgspec.Raw


class Scope(msgspec.Struct, frozen=True):
    """The account as a report sees it. Nothing after `as_of` (UTC) exists; `rates` give what one unit of a
    foreign currency is worth in the account's. Of metrics with one name the most used comes first.
    What a report kind does not name in `needs` is empty. `cohorts` are definitions by id; `groups` are
    lists and segments. No profile has a number above `last_profile`; 0: nobody knows. `shelf` is the catalog."""

    timezone: str
    currency: str
    as_of: datetime
    metrics: tuple[KnownMetric, ...] = ()
    rates: Mapping[str, float] = {}
    week_starts_monday: bool = False
    custom_metrics: tuple[Counted, ...] = ()
    segments: tuple[KnownSegment, ...] = ()
    attribution: AttributionSettings = AttributionSettings()
    cohorts: Mapping[str, Any] = {}
    rfm: RfmSettings = RfmSettings()
    campaigns: tuple[Sender, ...] = ()
    flows: tuple[Sender, ...] = ()
    groups: tuple[Named, ...] = ()
    funnels: tuple[Funnel, ...] = ()
    last_profile: int = 0
    book: OrderBook | None = None
    shelf: Shelf = Shelf()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def now(self) -> datetime:
        """The moment after `as_of`: the open end of everything that is seen."""
        return self.as_of + MOMENT

    def metric(self, id_: str, field: str) -> KnownMetric:
        """The metric with this id; `Rejected` pointing at `field` (relative to the definition) if unknown."""
        for metric in self.metrics:
            if metric.id == id_:
                return metric
        if any(custom.id == id_ for custom in self.custom_metrics):
            raise Rejected(f"{id_} is a custom metric; only a metric is possible here.", field=field)
        raise Rejected(f"A metric with id {id_} does not exist.", field=field)

    def counted(self, id_: str, field: str) -> Counted:
        """The metric or custom metric with this id; `Rejected` pointing at `field` if unknown."""
        for custom in self.custom_metrics:
            if custom.id == id_:
                if not custom.groups:
                    raise Rejected(f"The custom metric {custom.name!r} counts no metric that exists.", field=field)
                return custom
        metric = self.metric(id_, field)
        return Counted(metric.id, metric.name, (Group(metric),))

    def segment(self, id_: str, field: str) -> KnownSegment:
        """The active segment with this id; `Rejected` pointing at `field` if there is none."""
        for segment in self.segments:
            if segment.id == id_:
                if not segment.is_active:
                    raise Rejected(f"The segment {segment.name!r} is not active.", field=field)
                return segment
        raise Rejected(f"A segment with id {id_} does not exist.", field=field)

    def named(self, name: str) -> tuple[KnownMetric, ...]:
        return tuple(metric for metric in self.metrics if metric.name == name)


class Column(msgspec.Struct, frozen=True):
    """One column of a finished report. `type`: string, datetime, integer, money, number."""

    name: str
    type: str


class Result(msgspec.Struct, frozen=True):
    """A finished report as a table. `data_through`: the newest event considered, if any."""

    columns: tuple[Column, ...]
    rows: list[list[str | int | float | None]]
    data_through: datetime | None


@dataclass(frozen=True, slots=True)
class Example(Generic[P]):
    """A named set of parameters: printed in the docs, run over the example log, kept as golden SQL."""

    name: str
    params: P
    about: str


@dataclass(frozen=True, slots=True)
class Report(Generic[P, R]):
    """`query` is pure: the same parameters and scope give the same text and values. `table` shapes the rows
    for stored runs and exports; amounts become money there, at the edge. `needs` names what the scope must hold
    beside metrics (see `functions.reports.scoping`)."""

    kind: str
    params: type[P]
    row: type[R]
    query: Callable[[P, Scope], Query]
    table: Callable[[P, Scope, Sequence[R]], Result]
    examples: tuple[Example[P], ...]
    needs: frozenset[str] = frozenset()

    def read(self, definition: Any) -> P:
        """The parameters in a request's definition; `Rejected` points into it."""
        try:
            return msgspec.convert(definition, self.params)
        except msgspec.ValidationError as error:
            raise from_validation_error(error) from error

    def rows(self, found: Any) -> list[R]:
        """The query's answer, an Arrow table."""
        return structs(found, self.row)


class Answer(msgspec.Struct, frozen=True):
    """What `POST /api/…-reports` answers. `timezone` defaults to the account's; `following` is the cursor of the
    next page, for what has pages; `relationships` name things of the account: name -> (type, ids)."""

    attributes: dict[str, object]
    data_through: datetime | None
    timezone: str | None = None
    following: str | None = None
    relationships: Mapping[str, tuple[str, Sequence[str]]] = {}


@dataclass(frozen=True, slots=True)
class Endpoint(Generic[P, R]):
    """A report with an address of its own: `POST /api/<resource>s` with the parameters as attributes."""

    resource: str
    report: Report[P, R]
    answer: Callable[[P, Scope, Sequence[R]], Answer]
