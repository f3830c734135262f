"""Each filter means the same in Python and in SQL, for values of every kind."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cdp.filters import grammar
from cdp.filters.filter import Filter
from cdp.filters.json_text import layered
from cdp.filters.placeholders import Placeholders
from cdp.filters.values import fold
from cdp.lake.tables import EVENTS
from cdp.query.duckdb import DuckdbEngine
from cdp.query.sql import Query, compile
from tests.unit.query.files import FileLake, event

_SOURCE = "SELECT event_id, nullif(json_format(json_extract(properties, '$[\"v\"]')), 'null') AS j FROM events"
EVERY = frozenset(kind for kinds in (grammar.PROPERTY, grammar.EVENT_PROPERTY, grammar.RECORD_PROPERTY) for kind in kinds)


@dataclass(frozen=True)
class Clock:
    now: datetime
    zone: ZoneInfo


CLOCK = Clock(datetime(2026, 3, 29, 1, 30, tzinfo=UTC), ZoneInfo("Europe/Berlin"))


@pytest.fixture
def lake(tmp_path: Path) -> FileLake:
    return FileLake(tmp_path)


@pytest.fixture
def engine(lake: FileLake) -> Iterator[DuckdbEngine]:
    engine = DuckdbEngine(lake)
    yield engine
    engine.close()


def query(filters: list[Filter]) -> Query:
    """One column a filter: does it hold for the event's property v?"""
    values = Placeholders()
    columns = ["event_id"]
    source = _SOURCE
    copies = ", ".join(f"j AS j{n}" for n in range(len(filters)))
    source = f"SELECT event_id, {copies} FROM ({source}) AS read_"
    keep = ["event_id", *(f"j{n}" for n in range(len(filters)))]
    source = layered(source, keep, [one.layers(f"j{n}") for n, one in enumerate(filters)])
    columns += [f"{one.sql(f'j{n}', values, CLOCK)} AS f{n}" for n, one in enumerate(filters)]
    return values.select(f"SELECT {', '.join(columns)} FROM ({source}) AS found")


_scalars = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
    st.integers(-(10**17), 10**17),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.from_regex(r"\A-?[0-9]{0,3}\.?[0-9]{0,2}(e-?[0-9]{1,3})?\Z"),
    st.datetimes(datetime(1901, 1, 1), datetime(2099, 1, 1)).map(datetime.isoformat),  # noqa: DTZ001
    st.from_regex(r"\A20[0-9]{2}-[0-1][0-9]-[0-3][0-9](T[0-2][0-9]:[0-5][0-9](:[0-5][0-9])?(Z|[+-][01][0-9]:[0-5][0-9])?)?\Z"),
)
_json = st.one_of(_scalars, st.none(), st.lists(st.one_of(_scalars, st.none()), max_size=3), st.just({"k": 1}))
_FIXED: tuple[dict[str, Any], ...] = (
    {"type": "numeric", "operator": "greater-than", "value": 1},
    {"type": "numeric", "operator": "not-equals", "value": 0},
    {"type": "numeric", "operator": "between", "start": -5, "end": 50},
    {"type": "boolean", "operator": "equals", "value": True},
    {"type": "existence", "operator": "is-set"},
    {"type": "existence", "operator": "not-set"},
    {"type": "list", "operator": "length-less-than", "value": 2},
    {"type": "list", "operator": "contains", "value": 1},
    {"type": "string", "operator": "regex", "value": "^[^a-m]*$"},
    {"type": "string", "operator": "nregex", "value": r"\d{2}"},
    {"type": "string", "operator": "phone-country-code-in", "value": ["US", "44"]},
    {"type": "date", "operator": "after", "date": "2026-03-29T02:30:00+02:00"},
    {"type": "date", "operator": "before", "date": "2026-03-29T02:30:00"},
    {"type": "date", "operator": "between-static", "start": "2020-01-01T00:00:00Z", "end": "2026-01-01T00:00:00Z"},
    {"type": "date", "operator": "in-the-last", "unit": "week", "quantity": 3000},
    {"type": "date", "operator": "in-the-next", "unit": "day", "quantity": 5000},
    {"type": "date", "operator": "at-least", "unit": "hour", "quantity": 1},
    {"type": "date", "operator": "between", "unit": "week", "start": 100, "end": 1},
    {"type": "date", "operator": "anniversary-last", "unit": "day", "quantity": 100},
    {"type": "date", "operator": "anniversary-next", "unit": "week", "quantity": 40},
    {"type": "date", "operator": "anniversary"},
    {"type": "date", "operator": "anniversary-month"},
    {"type": "date", "operator": "calendar-month", "value": 2},
)


def _about(words: list[str]) -> list[dict[str, Any]]:
    """Filters on texts that occur among the values."""
    first, last = words[0], words[-1]
    return [
        {"type": "string", "operator": "equals", "value": first},
        {"type": "string", "operator": "not-contains", "value": last[:1]},
        {"type": "string", "operator": "starts-with", "value": first[:2].swapcase()},
        {"type": "string", "operator": "ends-with", "value": last[-2:].swapcase()},
        {"type": "string", "operator": "not-in", "value": [first, last]},
        {"type": "list", "operator": "contains-any", "value": [first, last]},
        {"type": "list", "operator": "not-contains-all", "value": [first]},
        {"type": "list", "operator": "contains-substring", "value": last[1:3].swapcase()},
    ]


@settings(
    max_examples=12, deadline=None, database=None, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(values=st.lists(_json, min_size=60, max_size=120))
def test_sql_and_python_agree(lake: FileLake, engine: DuckdbEngine, values: list[Any]) -> None:
    words = [str(one) for one in values if isinstance(one, str) and one] or ["x"]
    filters = [grammar.read(one, "", EVERY) for one in (*_FIXED, *_about(words))]
    account = f"acc{len(list(lake.root.iterdir()))}"
    # as the client wrote it, escapes and all
    rows = [event(n, properties=json.dumps({"v": one})) for n, one in enumerate(values)]
    lake.write(account, EVENTS, rows)
    found = {row["event_id"]: row for row in engine.run(account, query(filters)).to_pylist()}
    for number, value in enumerate(values):
        for position, one in enumerate(filters):
            assert found[number][f"f{position}"] is one.holds(value, CLOCK), (value, one)




def test_letters_become_small_as_the_engine_makes_them(lake: FileLake, engine: DuckdbEngine) -> None:
    """All code points but surrogates; the few that a newer Unicode has added are the engine's own matter."""
    letters = [chr(n) for n in range(1, sys.maxunicode + 1) if not 0xD800 <= n < 0xE000 and chr(n).lower() != chr(n)]
    lake.write("acc", EVENTS, [event(n, unique_id=letter) for n, letter in enumerate(letters)])
    found = engine.run("acc", Placeholders().select("SELECT unique_id, lower(unique_id) AS small FROM events")).to_pylist()
    assert len(found) > 1400
    assert [row["unique_id"] for row in found if row["small"] != fold(row["unique_id"])] == []


def test_a_pattern_takes_linear_time() -> None:
    """With backtracking this would outlast the universe."""
    one = grammar.read({"type": "string", "operator": "regex", "value": "^(a+)+$"}, "", EVERY)
    assert not one.holds("a" * 50_000 + "b", CLOCK)
    assert one.holds("a" * 50_000, CLOCK)


@pytest.mark.parametrize("one", _FIXED, ids=lambda one: f"{one['type']} {one['operator']}")
def test_trino_can_parse_it(one: dict[str, Any]) -> None:
    compiled = compile(query([grammar.read(one, "", EVERY)]), "athena")
    assert re.sub("'[^']*'", "", compiled.sql).count("?") == len(compiled.arguments)


@pytest.mark.parametrize(
    ("held", "operator", "expected"),
    [
        (None, "equals", False),
        (None, "not-equals", True),
        ("Shop", "equals", False),
        ("shop", "equals", True),
        ("The SHOP", "contains", True),
        (["shop"], "contains", False),
        (["shop"], "not-contains", True),
    ],
)
def test_missing_values_and_case(held: Any, operator: str, expected: bool) -> None:
    one = grammar.read({"type": "string", "operator": operator, "value": "shop"}, "", EVERY)
    assert one.holds(held, CLOCK) is expected
