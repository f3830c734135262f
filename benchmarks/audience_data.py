"""A shop with half a million people, ten million events and fifty segments, put straight into a data directory.

Documents and rows are those that the platform itself would write; only the way there is shorter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from benchmarks import data
from benchmarks.data import NAMES
from benchmarks.shop import PROFILES
from cdp import connect
from cdp.documents import accounts, metrics, outbox, profiles
from cdp.documents.outbox import ProfileChange
from cdp.lake.tables import EVENTS, month_of
from cdp.ports import Put, Table
from infra.embedded import values

COUNTRIES, PLANS = ("DE", "FR", "AT", "US", "GB", "NL"), ("free", "plus", "pro")
CHUNK = 50_000
Tell = Callable[[str, int, int], None]  # what, done, total


@dataclass(frozen=True)
class Shop:
    data: Path
    account_id: str
    private_key: str
    metric_ids: dict[str, str]

    @property
    def table(self) -> Table:
        return connect.table(values.table(self.data))


def build(folder: Path, people: int, events: int, tell: Tell) -> Shop:
    """The data directory, without segments."""
    table = connect.table(values.table(folder))
    account, key = accounts.create(table, name="Bench", timezone="Europe/Paris", currency="EUR")
    now = datetime.now(UTC)
    made = {name: metrics.ensure(table, account.id, [(metrics.SERVICE, name)], now) for name in NAMES}
    ids = {name: found[metrics.SERVICE, name].id for name, found in made.items()}
    shop = Shop(folder, account.id, key, ids)
    _people(shop, people, tell)
    _events(shop, people, events, tell)
    return shop


def email(no: int) -> str:
    return f"person{no}@shop.example"


def _people(shop: Shop, people: int, tell: Tell) -> None:
    lake = connect.lake(values.lake(shop.data))
    profiles.new_numbers(shop.table, shop.account_id, people)
    for first in range(1, people + 1, CHUNK):
        states = [_person(no) for no in range(first, min(first + CHUNK, people + 1))]
        for start in range(0, len(states), 5_000):
            transactions = [_documents(shop.account_id, state) for state in states[start : start + 5_000]]
            assert all(shop.table.write(transactions))
        changes = [ProfileChange(s.profile.no, 1, s.profile.created, _values(s)) for s in states]
        outbox._append(lake, shop.account_id, changes)
        tell("people", first + len(states) - 1, people)


def _person(no: int) -> profiles.Stored:
    state = profiles.fresh(no, data.FIRST + timedelta(seconds=no))
    state.profile.email = email(no)
    state.profile.first_name = f"Name{no % 997}"
    state.profile.location = {"country": COUNTRIES[no % 6]}
    state.profile.properties = {"plan": PLANS[no % 3], "points": no % 1000}
    return state


def _documents(account_id: str, state: profiles.Stored) -> list[Any]:
    """The profile's own items; its history goes into the lake directly."""
    transaction = profiles.operations(account_id, state)
    return [one for one in transaction if not (isinstance(one, Put) and "#outbox#" in one.item.key.pk)]


def _values(state: profiles.Stored) -> dict[str, Any]:
    return {name: msgspec.Raw(msgspec.json.encode(value)) for name, value in state.profile.values().items()}


def _events(shop: Shop, people: int, events: int, tell: Tell) -> None:
    lake = connect.lake(values.lake(shop.data))
    for number in range(data.MONTHS):
        month = month_of(data.FIRST) + number
        rows = data.month_table(month, events // data.MONTHS, number)
        if people < PROFILES:
            rows = _folded(rows, people)
        lake.append(shop.account_id, EVENTS, rows)
        tell("events", (number + 1) * (events // data.MONTHS), events)


def _folded(rows: Any, people: int) -> Any:
    """The same events by fewer people."""
    import pyarrow as pa

    at = rows.schema.get_field_index("profile_no")
    numbers = rows["profile_no"].to_numpy() % people + 1
    return rows.set_column(at, rows.schema.field(at), pa.array(numbers, rows.schema.field(at).type))


def segments(metric_ids: dict[str, str], count: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """(name, definition): counts, sums and times of all metrics, properties, and combinations of them."""
    makers = (_frequent, _lately, _spent, _on_plan, _mixed)
    for n in range(count):
        groups = makers[n % len(makers)](metric_ids, n // len(makers))
        yield f"{makers[n % len(makers)].__name__.strip('_')} {n}", {
            "condition_groups": [{"conditions": group} for group in groups]
        }


Group = list[dict[str, Any]]


def did(
    metric_id: str, at_least: float, within: dict[str, Any] | None = None, measurement: str = "count"
) -> dict[str, Any]:
    return {
        "type": "profile-metric",
        "metric_id": metric_id,
        "measurement": measurement,
        "measurement_filter": {"type": "numeric", "operator": "greater-than-or-equal", "value": at_least},
        "timeframe_filter": within or {"type": "date", "operator": "alltime"},
    }


def last(days: int) -> dict[str, Any]:
    return {"type": "date", "operator": "in-the-last", "unit": "day", "quantity": days}


def has(property_: str, value: str) -> dict[str, Any]:
    filter_ = {"type": "string", "operator": "equals", "value": value}
    return {"type": "profile-property", "property": property_, "filter": filter_}


def _frequent(ids: dict[str, str], n: int) -> list[Group]:
    return [[did(ids[NAMES[n % len(NAMES)]], 60 if n % len(NAMES) in (3, 4) else 15)]]


def _lately(ids: dict[str, str], n: int) -> list[Group]:
    return [[did(ids[NAMES[n % len(NAMES)]], 5, last(365))]]


def _spent(ids: dict[str, str], n: int) -> list[Group]:
    return [[did(ids["Placed Order"], 800 + 50 * n, measurement="sum")], [did(ids["Viewed Product"], 10)]]


def _on_plan(ids: dict[str, str], n: int) -> list[Group]:
    return [[has("properties['plan']", PLANS[n % 3])], [has("first_name", f"Name{n}")]]


def _mixed(ids: dict[str, str], n: int) -> list[Group]:
    none = {**did(ids["Placed Order"], 0), "measurement_filter": {"type": "numeric", "operator": "equals", "value": 0}}
    return [[none], [did(ids["Added to Cart"], 4 + n % 5)], [has("location.country", COUNTRIES[n % 6])]]
