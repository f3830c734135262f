"""Random filters, over the values of `world`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.unit.audiences.conditions.world import DATES, NOWS, TEXTS

Json = dict[str, Any]
_numbers = st.sampled_from([0, 1, -1, 2, 12, 2.5, 0.1, 1e20, 100, -0.25, 123456789.25])
_texts = st.one_of(st.sampled_from(TEXTS), st.sampled_from(DATES), st.sampled_from(["b", "Σ", "ss", "İ", "0", "2026"]))
_patterns = st.sampled_from(["^a", "b$", "(?i)abc", "[0-9]+", "a.c", "^$", "é", "\\d", "^.$", "\\s", "σ|Σ", "(?s)b.c", "\\bx"])


def filter_of(kind: str, operators: list[str], **values: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    return st.fixed_dictionaries({"type": st.just(kind), "operator": st.sampled_from(operators), **values})


def any_of(*some: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    """Each as likely as the others, however many alternatives it has itself."""
    return st.sampled_from(some).flatmap(lambda one: one)


_parts = st.sampled_from(["a", "B", "Ab", "T", "1", "12", "i", "Σ", "ς", "É", "S", "", "shop", "X", "5", "-", "ǆ", "E"])
_negatable = ["contains", "ends-with", "equals", "starts-with"]
string = st.one_of(
    filter_of("string", [*_negatable, *(f"not-{one}" for one in _negatable)], value=st.one_of(_parts, _texts, st.none())),
    filter_of("string", ["contains", "not-contains", "starts-with", "ends-with"], value=_parts),
    filter_of("string", ["regex", "nregex"], value=_patterns),
)
string_in = filter_of("string", ["in", "not-in"], value=st.lists(_texts, min_size=1, max_size=3))
phone = filter_of(
    "string", ["phone-country-code-in", "phone-country-code-not-in"],
    value=st.lists(st.sampled_from(["US", "CA", "gb", "GG", "DE", "RU", "KZ", "44", "+1"]), min_size=1, max_size=2),
)  # fmt: skip
COMPARISONS = ["equals", "not-equals", "greater-than", "greater-than-or-equal", "less-than", "less-than-or-equal"]
numeric = filter_of("numeric", COMPARISONS, value=_numbers)
integer = filter_of("numeric", COMPARISONS, value=st.integers(-1, 3))
number_range = st.tuples(_numbers, _numbers).map(
    lambda pair: {"type": "numeric", "operator": "between", "start": min(pair), "end": max(pair)}
)
boolean = filter_of("boolean", ["equals"], value=st.booleans())
existence = filter_of("existence", ["is-set", "not-set"])
is_set = filter_of("existence", ["is-set"])
list_contains = filter_of("list", ["contains", "not-contains"], value=st.one_of(_texts, st.integers(-1, 12)))
list_set = filter_of(
    "list", ["contains-all", "contains-any", "not-contains-all", "not-contains-any"],
    value=st.lists(_texts, min_size=1, max_size=2),
)  # fmt: skip
list_part = filter_of("list", ["contains-substring", "not-contains-substring"], value=st.one_of(_parts, st.none()))
list_length = filter_of(
    "list",
    ["length-equals", "length-greater-than", "length-greater-than-or-equal", "length-less-than", "length-less-than-or-equal"],
    value=st.integers(0, 3),
)
_instants = st.one_of(
    st.sampled_from([now.isoformat() for now in NOWS]),
    st.sampled_from(["2026-03-29T02:30:00", "2024-02-29T00:00:00-05:00", "2025-02-28T23:59:59Z"]),
    st.builds(lambda now, days: (now - timedelta(days=days)).isoformat(), st.sampled_from(NOWS), st.integers(0, 400)),
)
_units = st.sampled_from(["hour", "day", "week"])
_quantities = st.sampled_from([0, 1, 2, 3, 10, 24, 52, 53, 364, 365, 366, 900])
static = filter_of("date", ["after", "before"], date=_instants)
static_range = st.tuples(_instants, _instants).map(
    lambda pair: {"type": "date", "operator": "between-static", "start": _earlier(*pair)[0], "end": _earlier(*pair)[1]}
)
relative = filter_of("date", ["at-least", "in-the-last", "in-the-next"], unit=_units, quantity=_quantities)
relative_range = filter_of("date", ["between"], unit=_units, start=_quantities, end=_quantities)
anniversaries = filter_of("date", ["anniversary-last", "anniversary-next"], unit=_units, quantity=_quantities)
anniversary = filter_of("date", ["anniversary", "anniversary-month"])
calendar = filter_of("date", ["calendar-month"], value=st.integers(1, 12))
alltime = filter_of("date", ["alltime"])
dates = st.one_of(static, static_range, relative, anniversaries, relative_range, calendar, anniversary)
property_filters = any_of(
    string, string, string_in, phone, numeric, numeric, boolean, dates, dates, list_contains, list_length, existence
)
event_filters = any_of(string, string, string_in, existence, list_set, list_length, list_part, boolean, numeric)
record_filters = any_of(
    string, string_in, numeric, number_range, boolean, static, static_range, relative, anniversaries, relative_range,
    list_contains, list_length, existence,
)  # fmt: skip


def _earlier(a: str, b: str) -> tuple[str, str]:
    """In order of the instants, one without an offset being UTC's; twice the first if they are close."""
    def at(text: str) -> datetime:
        found = datetime.fromisoformat(text)
        return found if found.tzinfo else found.replace(tzinfo=UTC)

    first, last = sorted((a, b), key=at)
    return (first, last) if at(last) - at(first) > timedelta(days=2) else (first, first)
