"""A small random account: profiles, events, memberships and records, in plain data and in a table and a lake.

The values are chosen to be awkward: texts that are nearly numbers or dates, other scripts, odd types, equal times.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pyarrow as pa

from cdp.adapters.embedded.lake import local_lake
from cdp.adapters.embedded.table import SqliteTable
from cdp.documents import memberships, outbox, profiles, records
from cdp.documents.records import Record, Write
from cdp.lake.schema import arrow_schema
from cdp.lake.tables import EVENTS, month_of
from cdp.model.ids import event_no
from cdp.ports import Lake
from cdp.query.duckdb import DuckdbEngine

ACCOUNT = "ABC123"
NOWS = (
    datetime(2026, 3, 29, 1, 30, tzinfo=UTC),  # Berlin's clock has just gone forward
    datetime(2024, 2, 29, 22, 15, 30, 250_000, tzinfo=UTC),
    datetime(2026, 11, 1, 6, 30, tzinfo=UTC),  # New York's has just gone back
    datetime(2025, 2, 28, 12, tzinfo=UTC),
)
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC", "Pacific/Apia")
METRICS = ("MetrA", "MetrB", "MetrC")
METRIC_NOS = {"MetrA": 7, "MetrB": 8, "MetrC": 9}
GROUPS = ("List01", "List02", "Segm01")
TYPES = ("A" * 26, "B" * 26)
NAMES = ("size", "weird 'name\"", "a.b", "größe", "since", "tags", "$odd")
PLACES = ("DE", "germany", "France", "USA", "united states", "Schweiz", "CH", "us", "É")
ZIPS = ("90210", "10001", "94105-1234", "00501", "99999", "9021", "９0210", "33109")
DATES = (
    "2026-03-29", "2026-03-29T02:30", "2026-03-29T01:30:00Z", "2026-03-28T20:30:00.123456-05:00", "2024-02-29",
    "2025-02-28T23:59:59", "2025-03-01T00:00:00+14:00", "2026-02-30", "2026-13-01", "26-01-01", "2026-11-01 06:30:00",
    "2026-11-01T01:30:00-05:00", "1999-02-28", "2026-03-29T24:00:00", "2026-03-29T02:30:00+0200", "2024-02-29T22:15:30Z",
    "2024-02-29T22:15:30.2Z", "2025-12-31T23:30:00-01:00", "1985-11-01", "2030-01-01T00:00:00.000Z", "\u0662026-01-01",
)  # fmt: skip
TEXTS = (
    "", "a", "A", "abc", "ABC", "xAbCy", "ab\ncd", "12", "12.0", "012", "-3", "1e2", "1E400", "+5", " 12", "0x10", "NaN",
    "true", "True", "FALSE", "İstanbul", "i\u0307stanbul", "ΣΑΣ", "σας", "straße", "STRASSE", "ǅ", "👩‍👩‍👧x", "e\u0301", "é",
    "a\tb", 'quo"te', "back\\slash", "null", "[]", "2.5", "1000000000000000", "K",
)  # fmt: skip
PHONES = ("+4915112345678", "+12125550100", "+14165550123", "+441481256789", "+447700900123", "+79161234567", "+77011234567")
_SCALARS = (0, 1, -1, 12, 2.5, -0.25, 1e20, 1e-7, 10**15, 10**20, 12.0, True, False, None, 0.1, 123456789.25)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class Person:
    """`attributes`: as `Profile.values` names them, as decoded JSON."""

    no: int
    attributes: dict[str, Any] = field(default_factory=dict)
    events: list[tuple[str, datetime, float | None, dict[str, Any]]] = field(default_factory=list)
    groups: dict[str, datetime] = field(default_factory=dict)
    records: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


@dataclass
class World:
    now: datetime
    people: dict[int, Person]
    table: SqliteTable
    engine: DuckdbEngine


def make(folder: Path, seed: int, size: int = 40, *, dense: bool = False) -> World:
    """`dense`: everybody's events lie within three days, half an hour or a multiple of it apart."""
    random = Random(seed)
    now = NOWS[seed % len(NOWS)]
    table = SqliteTable(f"{folder}/documents.db")
    lake = local_lake(f"{folder}/lake")
    people = {no: Person(no) for no in range(1, size + 1)}
    for person in people.values():
        _profile(table, random, person, now)
        _memberships(table, random, person, now)
        _records(table, random, person, now)
        _dense_events(random, person, now) if dense else _events(random, person, now)
    ghost = Person(size + 1)  # has events but is no more
    _events(random, ghost, now)
    lake.append(ACCOUNT, EVENTS, _rows([*people.values(), ghost]))
    outbox.drain(table, lake, ACCOUNT)
    return World(now, people, table, DuckdbEngine(Still(lake)))


class Still:
    """A lake that does not change any more: its files are asked for once."""

    def __init__(self, lake: Lake) -> None:
        self.files = cache(lake.files)


def value(random: Random, depth: int = 0) -> Any:
    """Some JSON."""
    kind = random.randrange(10)
    if kind < 3:
        return random.choice(TEXTS)
    if kind < 5:
        return random.choice(DATES)
    if kind < 8 or depth:
        return random.choice(_SCALARS)
    if kind == 8:
        return [value(random, 1) for _ in range(random.randrange(4))]
    return {"k": value(random, 1)}


def _profile(table: SqliteTable, random: Random, person: Person, now: datetime) -> None:
    created = now - timedelta(seconds=random.randrange(400 * 86_400))
    state = profiles.fresh(person.no, created)
    _fill(random, state.profile, now)
    assert profiles.save(table, ACCOUNT, [state]) == [True]
    for _ in range(random.randrange(3)):
        (stored,) = profiles.get_many(table, ACCOUNT, [person.no])
        assert stored is not None
        _fill(random, stored.profile, now)
        stored.profile.updated = now
        assert profiles.save(table, ACCOUNT, [stored]) == [True]
        state = stored
    person.attributes = json.loads(json.dumps(msgspec.to_builtins(state.profile.values())))


def _fill(random: Random, profile: Any, now: datetime) -> None:
    def maybe(choice: Any) -> Any:
        return choice if random.random() < 0.6 else None

    profile.email = maybe(f"P{profile.no}@Shop{random.randrange(3)}.example".lower())
    profile.phone_number = maybe(f"{random.choice(PHONES)}{profile.no:03}")
    profile.first_name = maybe(random.choice(TEXTS))
    profile.properties = {name: value(random) for name in NAMES if random.random() < 0.6}
    profile.location = {}
    if random.random() < 0.8:
        profile.location["country"] = random.choice(PLACES)
    if random.random() < 0.7:
        profile.location["zip"] = random.choice(ZIPS)
    if random.random() < 0.4:
        profile.location["latitude"] = random.choice([34.05, "40.7", 91.0, "x", 52.5, -33.9])
        profile.location["longitude"] = random.choice([-118.2, "-74", 13.4, 151.2, 181])
    profile.subscriptions = _subscriptions(random, now)
    profile.predictive = {} if random.random() < 0.3 else _predictive(random)


def _stamp(random: Random, now: datetime) -> str:
    return (now - timedelta(seconds=random.randrange(-86_400, 60 * 86_400))).isoformat(timespec="microseconds")


def _subscriptions(random: Random, now: datetime) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for family, kind in (
        ("email", "marketing"), ("sms", "marketing"), ("mobile_push", "marketing"), ("whatsapp", "marketing"),
        ("whatsapp", "transactional"), ("whatsapp", "conversational"),
    ):  # fmt: skip
        if random.random() < 0.35:
            continue
        record: dict[str, Any] = {
            "consent": random.choice(["SUBSCRIBED", "UNSUBSCRIBED", "NEVER_SUBSCRIBED"]),
            "consent_timestamp": _stamp(random, now),
            "last_updated": _stamp(random, now),
            "method": random.choice(["API", "FORM", "preference_page", None]),
            "method_detail": random.choice(["F1", "F2", None]),
        }
        if family == "email":
            record["custom_method_detail"] = random.choice(["till", "Till", None])
            record["double_optin"] = random.choice([True, False, None])
            reasons = ["HARD_BOUNCE", "USER_SUPPRESSED", "INVALID_EMAIL", "UNSUBSCRIBE"]
            record["suppression"] = [
                {"reason": reason, "timestamp": _stamp(random, now)}
                for reason in random.sample(reasons, random.choice([0, 0, 1, 2]))
            ]
        if random.random() < 0.1:
            del record["consent"]
        found.setdefault(family, {})[kind] = record
    return found


def _predictive(random: Random) -> dict[str, Any]:
    numbers = ("total_clv", "churn_probability", "historic_number_of_orders", "average_days_between_orders")
    found: dict[str, Any] = {name: random.choice([0, 0.5, 12, 99.99, None]) for name in numbers}
    found["expected_date_of_next_order"] = random.choice([*DATES, None])
    found["predicted_gender"] = random.choice(["likely_female", "likely_male", "uncertain"])
    channels = ["email", "push", "sms", "whatsapp"]
    found["ranked_channel_affinity"] = random.sample(channels, random.randrange(5))
    found["channel_affinity_ranks"] = {c: random.choice(["high", "low"]) for c in random.sample(channels, 2)}
    return found


def _memberships(table: SqliteTable, random: Random, person: Person, now: datetime) -> None:
    for group in GROUPS:
        at = now - timedelta(days=random.randrange(60), hours=random.randrange(24))
        for _ in range(random.randrange(4)):  # joins and leaves in turn
            if group in person.groups:
                memberships.leave(table, ACCOUNT, group, [person.no], at)
                del person.groups[group]
            else:
                memberships.join(table, ACCOUNT, group, [person.no], at)
                person.groups[group] = at
            at += timedelta(hours=1 + random.randrange(100))


def _records(table: SqliteTable, random: Random, person: Person, now: datetime) -> None:
    for type_id in TYPES:
        held = []
        for number in range(random.randrange(3)):
            properties = {str(n): value(random) for n in range(1, 4) if random.random() < 0.8}
            after = Record(type_id, f"r{person.no}-{number}", now, person.no, properties=properties)
            assert records.save(table, ACCOUNT, [Write(None, after)]) == [True]
            if random.random() < 0.4:
                (before,) = records.get(table, ACCOUNT, [(type_id, after.id)])
                properties = {"1": value(random)}
                later = msgspec.structs.replace(before.record, properties=properties, changed_at=now)  # type: ignore[union-attr]
                if gone := random.random() < 0.3:
                    later = records.tombstone(later, "", now)
                assert records.save(table, ACCOUNT, [Write(before, later)]) == [True]
                if gone:
                    continue
            held.append(properties)
        person.records[type_id] = held


def _events(random: Random, person: Person, now: datetime) -> None:
    at = now - timedelta(days=400)
    for _ in range(random.choice([0, 1, 4, 10, 16])):
        if random.random() < 0.75:
            at = now - timedelta(seconds=random.choice([0, 1, 3600, 86_400, 3 * 86_400, random.randrange(380 * 86_400)]))
            at += timedelta(microseconds=random.choice([0, 0, 1, -1, 500_000]))
        money = random.choice([None, 0.0, 1.0, 0.1, -5.005, 19.99, 2e10, 0.00005])
        properties = {name: value(random) for name in NAMES if random.random() < 0.5}
        person.events.append((random.choice((*METRICS, METRICS[0])), at, money, properties))


def _dense_events(random: Random, person: Person, now: datetime) -> None:
    for _ in range(random.randrange(3, 14)):
        at = now - timedelta(minutes=30 * random.randrange(144))
        person.events.append((random.choice(METRICS), at, 1.0, {}))


def _rows(people: list[Person]) -> pa.Table:
    rows = []
    for person in people:
        for number, (metric, at, money, properties) in enumerate(person.events):
            rows.append(
                {
                    "metric_id": METRIC_NOS[metric],
                    "profile_no": person.no,
                    "occurred_at": (at - _EPOCH) // timedelta(microseconds=1),
                    "event_id": event_no(ACCOUNT, METRIC_NOS[metric], person.no, str(number)),
                    "value": money,
                    "properties": json.dumps(properties),
                    "received_at": (at - _EPOCH) // timedelta(microseconds=1),
                    "month": month_of(at),
                }
            )
    schema = arrow_schema(EVENTS)
    columns = [pa.array([row.get(f.name) for row in rows], type=f.type) for f in schema]
    return pa.Table.from_arrays(columns, schema=schema)
