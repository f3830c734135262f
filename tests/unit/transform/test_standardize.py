"""Methods Standardize and Merge, and the tables that the platform brings."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp.transformations.definition import Rule, Scalar, Standardize, StandardizeOptions
from cdp.transformations.merge import first_of
from cdp.transformations.standardize import compiled
from cdp.transformations.tables import TABLES, key_of

texts = st.text("aAbBß é", max_size=4)
scalars = texts | st.booleans() | st.integers(-2, 2) | st.sampled_from([0.0, 1.0, 1.5])
filled = texts.filter(lambda text: bool(text.strip()))
rules = st.lists(
    st.builds(Rule, st.just("contains"), st.lists(filled, min_size=1, max_size=3).map(tuple), scalars)
    | st.builds(Rule, st.just("equals"), st.lists(filled | st.booleans() | st.integers(-2, 2), min_size=1, max_size=3).map(tuple), scalars),
    min_size=1,
    max_size=4,
)  # fmt: skip


def slowly(given_rules: list[Rule], value: Any) -> Any:
    """The rules as SPEC §16 says them."""
    for rule in given_rules:
        for wanted in rule.values:
            if _matches(rule.operator, wanted, value):
                return rule.replacement
    return value


def _matches(operator: str, wanted: Scalar, value: Any) -> bool:
    if isinstance(wanted, str) and isinstance(value, str):
        left, right = wanted.strip().casefold(), value.strip().casefold()
        return left in right if operator == "contains" else left == right
    if operator == "contains" or isinstance(wanted, str) or isinstance(value, str):
        return False
    return isinstance(wanted, bool) == isinstance(value, bool) and wanted == value


@given(rules, scalars)
def test_the_first_rule_that_matches(given_rules: list[Rule], value: Scalar) -> None:
    done = compiled(Standardize("p", tuple(given_rules)))(value)
    assert (type(done), done) == (type(slowly(given_rules, value)), slowly(given_rules, value))


@given(rules, st.lists(scalars | st.none(), max_size=4))
def test_lists_go_value_by_value(given_rules: list[Rule], listed: list[Any]) -> None:
    replace = compiled(Standardize("p", tuple(given_rules)))
    assert replace(listed) == [replace(one) for one in listed]
    assert replace({"a": 1}) == {"a": 1}
    assert replace([listed]) == [listed]


def test_the_whole_value_is_replaced() -> None:
    rule = Rule("contains", ("t-shirt", "tee"), "T-Shirt")
    replace = compiled(Standardize("p", (rule, Rule("equals", ("Unisex",), "All"))))
    assert [replace(v) for v in ("Blue TEE, size M", "unisex ", "unisex adult", "shoe")] == [
        "T-Shirt", "All", "unisex adult", "shoe",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("table", "before", "after"),
    [
        ("country_names", "U.S.A.", "United States"),
        ("country_names", "usa", "United States"),
        ("country_names", " deutschland ", "Germany"),
        ("country_names", "Cote d’Ivoire", "Ivory Coast"),
        ("country_names", "españa", "Spain"),
        ("country_names", "ESPANA", "Spain"),
        ("country_names", "日本", "Japan"),
        ("country_names", "gb", "United Kingdom"),
        ("country_names", "Atlantis", "Atlantis"),
        ("country_names", "", ""),
        ("us_states", "ca", "California"),
        ("us_states", "N.Y.", "New York"),
        ("us_states", "Washington, D.C.", "District of Columbia"),
        ("us_states", "new  jersey", "New Jersey"),
        ("us_states", "Bavaria", "Bavaria"),
    ],
)
def test_tables(table: Any, before: str, after: str) -> None:
    assert compiled(Standardize("p", (), StandardizeOptions(table)))(before) == after


def test_rules_go_before_the_table() -> None:
    rule = Rule("equals", ("uk",), "Great Britain")
    replace = compiled(Standardize("p", (rule,), StandardizeOptions("country_names")))
    assert [replace("UK"), replace("GB")] == ["Great Britain", "United Kingdom"]


@pytest.mark.parametrize("name", sorted(TABLES))
def test_a_table_maps_its_own_names_to_themselves(name: str) -> None:
    table = TABLES[name]()
    assert all(table[key_of(value)] == value for value in table.values())


def test_the_tables_are_whole() -> None:
    countries, states = TABLES["country_names"](), TABLES["us_states"]()
    letters = {key for key in countries if len(key) == 2 and key.isascii()}
    assert len(set(countries.values())) == 250
    assert len(letters) >= 250
    assert len(set(states.values())) == 56


empty = st.sampled_from([None, "", " ", "\u3000", [], {}])
some = st.sampled_from([0, False, 0.0, "a", [None], {"a": None}])


@given(st.lists(empty | some, max_size=6))
def test_a_merge_takes_the_first_that_is_not_empty(values: list[Any]) -> None:
    full = [v for v in values if not (v is None or v == [] or v == {} or (isinstance(v, str) and not v.strip()))]
    done = first_of(values)
    assert (type(done), done) == ((type(full[0]), full[0]) if full else (type(None), None))
