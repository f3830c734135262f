"""The messages that events are credited to (SPEC §21), as `attribution` resources of the public API."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from cdp.attribution import messages
from cdp.attribution.attribution import attributed
from cdp.attribution.touches import touches
from cdp.documents import attribution_settings, campaigns, metrics
from cdp.jsonapi.documents import Asked, Json, identifier
from cdp.lake.event_rows import EventRow
from cdp.lake.tables import month_of
from cdp.model.ids import event_name
from cdp.ports import Engine, Table
from cdp.query.sql import Query, months_between, select

TYPE = "attribution"
_MAX_ID = 200  # what is longer is no id of ours
_MOMENT = timedelta(microseconds=1)
_THESE = """
SELECT profile_no, occurred_at, event_id, CAST(NULL AS BIGINT) AS units FROM events
WHERE occurred_at >= :start AND occurred_at < :end
  AND event_id IN (SELECT CAST(no AS BIGINT) FROM UNNEST(split(:events, ' ')) AS wanted(no))
"""
_CREDITS = """
SELECT event_id, occurred_at, touched_at, touch_id, touch_metric, message, flow, variation FROM credited
ORDER BY event_id, touched_at DESC, touch_id
"""


class Credit(msgspec.Struct, frozen=True):
    """One message that an event is credited to, for the touch (an event too) at `touched_at`."""

    event_id: int
    occurred_at: datetime
    touched_at: datetime
    touch_id: int
    touch_metric: int
    message: str | None
    flow: str | None
    variation: str | None

    @property
    def id(self) -> str:
        """32 hexadecimal digits, of the event and the touch."""
        return f"{self.event_id % (1 << 64):016x}{self.touch_id % (1 << 64):016x}"


def find(table: Table, engine: Engine, account_id: str, rows: Sequence[EventRow]) -> Mapping[int, list[Credit]]:
    """By event, newest touch first. Reads the months of the events and of the longest window before."""
    found: dict[int, list[Credit]] = defaultdict(list)
    if rows:
        query = _query(table, account_id, rows)
        for record in engine.run(account_id, query).to_pylist():
            credit = msgspec.convert(record, Credit)
            found[credit.event_id].append(credit)
    return found


def _query(table: Table, account_id: str, rows: Sequence[EventRow]) -> Query:
    settings = attribution_settings.get(table, account_id)
    known = metrics.all_metrics(table, account_id)
    times = [row.occurred_at for row in rows]
    start, end = min(times), max(times) + _MOMENT
    numbers = " ".join(str(row.event_id) for row in rows)
    these = select(_THESE, months=months_between(start, end), start=start, end=end, events=numbers)
    touched = touches(messages.numbers(known), messages.visits(known), settings, start, end, these)
    return select(_CREDITS, credited=attributed(these, touched, settings))


def campaign_ids(table: Table, account_id: str, owed: Sequence[Credit]) -> Mapping[str, str]:
    """Message id -> campaign id, of those messages that are known to belong to one."""
    given = dict.fromkeys(one.message for one in owed if one.flow is None)
    ids = [id_ for id_ in given if id_ and len(id_) <= _MAX_ID]
    held = campaigns.ENTRIES.get_many(table, account_id, ids)
    return {one.thing.id: one.thing.campaign_id for one in held if one is not None}


def resource(asked: Asked, credit: Credit, metric_no: int, campaign_of: Mapping[str, str]) -> Json:
    """It has no address of its own: its link is to the event with its attributions."""
    event = event_name(month_of(credit.occurred_at), metric_no, credit.event_id)
    touch = event_name(month_of(credit.touched_at), credit.touch_metric, credit.touch_id)
    related = {"event": identifier("event", event), "attributed-event": identifier("event", touch)}
    message = credit.message
    if credit.flow is not None:
        related["flow"] = identifier("flow", credit.flow)
        if message is not None:
            related["flow-message"] = identifier("flow-message", message)
        if credit.variation is not None:
            related["flow-message-variation"] = identifier("flow-message", credit.variation)
    elif message is not None:
        related["campaign-message"] = identifier("campaign-message", message)
        if message in campaign_of:
            related["campaign"] = identifier("campaign", campaign_of[message])
    return {
        "type": TYPE,
        "id": credit.id,
        "relationships": {name: {"data": data} for name, data in related.items()},
        "links": {"self": f"{asked.base_url}/api/events/{event}?include=attributions"},
    }
