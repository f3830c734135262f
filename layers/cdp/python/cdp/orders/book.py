"""The order book of an account: which events are its orders, cancellations and refunds, and what is left of them.

The mapped metrics say it (SPEC §5, §6.3): `revenue`, `cancelled_sales`, `refunded_sales`, each a metric or a custom
metric. `OrderBook.parts` gives the tables that a query over orders names:

    select("SELECT profile_no, sum(units) AS units FROM orders GROUP BY 1", **book.parts(cut))
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cdp.documents import accounts, mapped_metrics
from cdp.documents.counted import customs, known
from cdp.errors import Rejected
from cdp.filters.events import VALUE
from cdp.lake.uses import busiest
from cdp.orders import sales
from cdp.orders.sales import Sources
from cdp.ports import Engine, Table
from cdp.query.counted import Books, Counted, Group, occurrences
from cdp.query.sql import Query, select

_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_MOMENT = timedelta(microseconds=1)
_ORDER, _CANCELLATION, _REFUND = -11, -12, -13  # stand for metrics where a custom metric says what counts
_COUNTED = """
SELECT :tag AS metric_id, profile_no, event_id, occurred_at,
  coalesce(order_id, unique_id, CAST(event_id AS VARCHAR)) AS order_key, units,
  CASE WHEN currency NOT IN (:known) THEN 1 ELSE 0 END AS unconverted
FROM counted
"""
_LOOSE_NONE = "SELECT profile_no, units FROM ledger WHERE metric_id IN (:none) AND occurred_at < :cut"


@dataclass(frozen=True, slots=True)
class Account:
    """Currency and clock of an account, seen just after `as_of` (UTC)."""

    timezone: str
    currency: str
    rates: Mapping[str, float]
    as_of: datetime

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def now(self) -> datetime:
        return self.as_of + _MOMENT


@dataclass(frozen=True, slots=True)
class OrderBook:
    """`revenue` None: nothing is mapped, there are no orders. `ordered_product`: see `cdp.orders.lines`."""

    account: Books
    revenue: Counted | None
    cancelled: Counted | None = None
    refunded: Counted | None = None
    ordered_product: Counted | None = None

    def parts(self, cut: datetime, profiles: Sequence[int] | None = None) -> dict[str, Query]:
        """Tables of what is known just before `cut`, of all profiles, a `range` of numbers, or some.

        * orders: profile_no, event_id, occurred_at, units (> 0, net, 1/10000 of the account's currency), unconverted
        * refunds: profile_no, units that match no order and are taken off the profile's value
        * ledger: what the two are made of; it must come first

        `Rejected` if no metric is mapped to revenue."""
        found, whole = self._ledger(cut, profiles)
        orders = sales.orders(found, cut, self.account)
        if not found.adjusted:
            refunds = select(_LOOSE_NONE, none=(0,), cut=cut)
        else:
            refunds = sales.loose_refunds(found, cut)
        return {"ledger": whole, "orders": orders, "refunds": refunds}

    def _ledger(self, cut: datetime, profiles: Sequence[int] | None) -> tuple[Sources, Query]:
        if self.revenue is None:
            raise Rejected("No metric is mapped to revenue; map one with PATCH /api/mapped-metrics/revenue.")
        three = (self.revenue, self.cancelled, self.refunded)
        if all(one is None or _is_plain(one) for one in three):
            found = Sources(*(numbers(one) for one in three))
            return found, of_profiles(sales.ledger(found, cut, self.account), profiles)
        tagged = {tag: one for tag, one in zip((_ORDER, _CANCELLATION, _REFUND), three, strict=True) if one is not None}
        found = Sources((_ORDER,), *((tag,) if tag in tagged else () for tag in (_CANCELLATION, _REFUND)))
        parts = {f"sales{n}": self._counted(tag, one, cut, profiles) for n, (tag, one) in enumerate(tagged.items())}
        return found, select(" UNION ALL ".join(f"SELECT * FROM {name}" for name in parts), months=None, **parts)

    def _counted(self, tag: int, one: Counted, cut: datetime, profiles: Sequence[int] | None) -> Query:
        counted = occurrences(one, _FIRST, cut, self.account, keep=("order_id", "unique_id", "currency"))
        currencies = sorted({self.account.currency, *self.account.rates})
        return of_profiles(select(_COUNTED, counted=counted, tag=tag, known=currencies), profiles)


def order_book(table: Table, engine: Engine, account_id: str, as_of: datetime) -> OrderBook:
    """The account's book by today's mapped metrics, seen as of a time."""
    account = accounts.get(table, account_id)
    among = known(table, account_id)
    counted = {one.id: one for one in customs(table, account_id, among)}
    counted |= {one.id: Counted(one.id, one.name, (Group(one),)) for one in among}
    mapped = mapped_metrics.resolve(table, account_id, busiest(engine, account_id))

    def find(name: str) -> Counted | None:
        target = mapped[name].target
        one = None if target is None else counted.get(target.id)
        return one if one is not None and one.groups else None

    facts = Account(account.timezone, account.currency, account.exchange_rates, as_of)
    return OrderBook(facts, *map(find, ("revenue", "cancelled_sales", "refunded_sales", "ordered_product")))


def _is_plain(one: Counted) -> bool:
    return all(not group.filters and group.value == VALUE for group in one.groups)


def numbers(one: Counted | None) -> tuple[int, ...]:
    """Numbers of the metrics that are counted."""
    return () if one is None else tuple(sorted({group.metric.no for group in one.groups}))


def of_profiles(query: Query, profiles: Sequence[int] | None) -> Query:
    """Rows of all profiles, of a `range` of numbers, or of some; the query has a column profile_no."""
    if profiles is None:
        return query
    if isinstance(profiles, range):
        return query.where("profile_no >= :first AND profile_no < :last", first=profiles.start, last=profiles.stop)
    return query.where("profile_no IN (:numbers)", numbers=sorted(profiles))


