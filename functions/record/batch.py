"""A batch of one account's events on its way into the lake: rows, and what is needed to announce them."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

import msgspec

from cdp.documents.identity import Applied, Change
from cdp.documents.listeners import EVERY, named
from cdp.documents.metrics import Metric
from cdp.jsonapi.times import epoch_us
from cdp.lake.tables import EVENTS, month_of
from cdp.model.ids import event_no
from cdp.model.payloads import BulkEventAttributes
from functions.record import facts
from functions.record.rows import Columns, OrderLines


class Draft(msgspec.Struct, gc=False):
    """One profile payload with its events and their times (UTC), and the request it came in."""

    change: Change
    events: list[tuple[BulkEventAttributes, datetime]]
    backfill: bool
    received_at: str
    received_us: int  # the same as microseconds since the epoch
    job_id: str | None
    attempt: int
    hops: int
    source_function: str | None


class Stamp(msgspec.Struct, gc=False):
    """What an announcement needs of one row."""

    draft: Draft
    metric: Metric
    profile_no: int
    event_no: int
    month: int
    occurred_at: datetime
    value: float | None
    properties: msgspec.Raw
    unique_id: str | None
    currency: str | None


class Batch:
    """Rows of `events` and `order_items`. `listened` are metric ids to announce; `types` maps metric ids to the properties seen and their types."""

    def __init__(self, account_id: str, listened: frozenset[str]) -> None:
        self.account_id = account_id
        self._listened = listened
        self._awaited: dict[str, bool] = {}  # by metric id: asked of every event
        self.events = Columns(EVENTS)
        self.lines = OrderLines()
        self.stamps: dict[int, Stamp] = {}  # by position in `events`: those that somebody waits for
        self.types: dict[str, dict[str, str]] = defaultdict(dict)

    def add(self, draft: Draft, event: BulkEventAttributes, at: datetime, metric: Metric, profile: Applied) -> None:
        properties = msgspec.json.decode(event.properties)
        seen = self.types[metric.id]
        if not properties.keys() <= seen.keys():
            seen.update({name: kind for name, kind in facts.types(properties).items() if name not in seen})
        value = facts.value_of(event.value, properties)
        unique_id = event.unique_id or None
        number = event_no(self.account_id, metric.no, profile.no, unique_id or str(int(at.timestamp())))
        hot = facts.hot(properties, unique_id, metric.name)
        backfill = draft.backfill or event.backfill
        at_us, month = epoch_us(at), month_of(at)
        currency = event.value_currency or facts.text(properties.get("$value_currency"))
        if (awaited := self._awaited.get(metric.id)) is None:
            awaited = self._awaited[metric.id] = not self._listened.isdisjoint((metric.id, EVERY, named(metric.name)))
        if awaited and not backfill:
            stamp = Stamp(draft, metric, profile.no, number, month, at, value, event.properties, unique_id, currency)
            self.stamps[len(self.events)] = stamp
        self.events.rows.append((
            metric.no, profile.no, at_us, number, value, currency, unique_id, *hot,
            bytes(event.properties), profile.snapshot, draft.received_us, month, *facts.of_message(properties),
            *facts.of_product(properties),
        ))  # fmt: skip
        if "Items" in properties or "items" in properties:
            key = (metric.no, profile.no, at_us, number)
            self.lines.add_order(key, hot[0], facts.lines(properties), draft.received_us, month)
