"""The account as its monitors see it, as of a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from cdp.attribution.settings import AttributionSettings
from cdp.documents import accounts, attribution_settings, counted
from cdp.lake.uses import busiest
from cdp.orders.sales import PLACED
from cdp.ports import Engine, Table
from cdp.query.counted import Counted, Group, KnownMetric


@dataclass(frozen=True, slots=True)
class Seen:
    """`rates` give what one unit of a foreign currency is worth in `currency`. `placed`: the Placed Order with the most
    events, for conversions of which nobody says what they are."""

    now: datetime
    zone: ZoneInfo
    currency: str
    rates: Mapping[str, float]
    metrics: tuple[KnownMetric, ...]
    custom_metrics: tuple[Counted, ...]
    attribution: AttributionSettings
    placed: KnownMetric | None

    def metric(self, id_: str) -> KnownMetric | None:
        return next((one for one in self.metrics if one.id == id_), None)

    def counted(self, id_: str | None) -> Counted | None:
        """The metric or custom metric with this id (None: Placed Order), if there is one that can have events."""
        custom = next((one for one in self.custom_metrics if one.id == id_), None)
        if custom is not None:
            return custom if custom.groups else None
        metric = self.placed if id_ is None else self.metric(id_)
        return None if metric is None else Counted(metric.id, metric.name, (Group(metric),))


def seen(table: Table, engine: Engine, account_id: str, as_of: datetime) -> Seen:
    account = accounts.get(table, account_id)
    known = counted.known(table, account_id)
    placed = [one for one in known if one.name == PLACED]  # several services may have one
    return Seen(
        as_of,
        account.zone,
        account.currency,
        account.exchange_rates,
        tuple(known),
        counted.customs(table, account_id, known),
        attribution_settings.get(table, account_id),
        busiest(engine, account_id)(placed) if len(placed) > 1 else next(iter(placed), None),
    )
