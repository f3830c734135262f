"""The gender that a first name suggests: what is undecided stays so."""

from __future__ import annotations

import unicodedata
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cdp.lake.tables import PROFILE_HISTORY, month_of
from cdp.model.profile import Profile
from cdp.resources.profile import predictive
from functions.audiences.conditions.profile_predictive_analytics import GENDERS
from functions.predict.properties import predicted_gender
from functions.predict.properties.predicted_gender import (
    LIKELY_FEMALE,
    LIKELY_MALE,
    TABLE,
    UNCERTAIN,
    folded,
    gender,
)
from tests.unit.predict.asking import AS_OF, Account

LINES = [line.split("\t") for line in TABLE.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("name", [
    "Anna", "Mary", "Giulia", "Zoë", "Siobhán", "Ayşe", "Наталья", "Σοφία", "Fatima", "Priya", "Małgorzata", "नेहा",
])  # fmt: skip
def test_names_of_women_in_many_languages(name: str) -> None:
    assert gender(name) == LIKELY_FEMALE


@pytest.mark.parametrize("name", [
    "John", "Björn", "Łukasz", "Mohamed", "محمد", "Андрей", "Giuseppe", "İbrahim", "Rahul", "José", "Γιώργος", "지훈",
])  # fmt: skip
def test_names_of_men_in_many_languages(name: str) -> None:
    assert gender(name) == LIKELY_MALE


@pytest.mark.parametrize("name", ["Andrea", "Kim", "Jean", "Sasha", "Taylor", "Wei", "Nicola", "Robin"])
def test_names_of_both_are_uncertain(name: str) -> None:
    assert gender(name) == UNCERTAIN


@pytest.mark.parametrize("name", ["", " ", "-", "🙂", "12", "Xqzw", "J.", "Dr.", "Shop GmbH & Co", "a" * 10_000])
def test_what_is_no_name_that_is_known_is_uncertain(name: str) -> None:
    assert gender(name) == UNCERTAIN


@pytest.mark.parametrize(("name", "expected"), [
    ("Anna Maria", LIKELY_FEMALE), ("José María", LIKELY_MALE), ("Maria José", LIKELY_FEMALE),
    ("Jean-Pierre", LIKELY_MALE), ("Hans-Peter", LIKELY_MALE), ("Anne_Kathrin", LIKELY_FEMALE),
    ("Dr. Angela", LIKELY_FEMALE), ("J. Robert", LIKELY_MALE), ("  mary  ann ", LIKELY_FEMALE), ("Kim Peter", UNCERTAIN),
])  # fmt: skip
def test_of_several_names_the_whole_counts_or_else_the_first(name: str, expected: str) -> None:
    assert gender(name) == expected


def test_the_table_is_sorted_folded_and_of_both_kinds() -> None:
    names = [name for name, _ in LINES]
    assert names == sorted(set(names)) == [folded(name) for name in names]
    count = {sex: sum(one == sex for _, one in LINES) for sex in ("f", "m")}
    assert len(LINES) == sum(count.values()) > 30_000 < 3 * min(count.values())
    assert {LIKELY_FEMALE, LIKELY_MALE, UNCERTAIN} == set(GENDERS)
    assert TABLE.stat().st_size < 500_000


@settings(max_examples=60, deadline=None)
@given(row=st.sampled_from(LINES), change=st.sampled_from([str.upper, str.title, lambda n: unicodedata.normalize("NFD", n)]))
def test_case_and_form_of_writing_change_nothing(row: list[str], change: Any) -> None:
    name, sex = row
    assert gender(change(name)) == {"f": LIKELY_FEMALE, "m": LIKELY_MALE}[sex]


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=30))
@example("𝔄")
@example("ᾳ İŉ")
def test_any_text_has_an_answer_and_folding_twice_is_folding_once(text: str) -> None:
    assert gender(text) in GENDERS
    assert folded(folded(text)) == folded(text)


def test_everybody_with_a_first_name_then_in_force_has_the_attribute(tmp_path: Path) -> None:
    account, numbered = Account(tmp_path), iter(range(1, 100))

    def named(no: int, name: str | None, days_ago: float) -> dict[str, Any]:
        at, n = AS_OF - timedelta(days=days_ago), next(numbered)
        value = None if name is None else msgspec.json.encode(name).decode()
        row = {"property": "first_name", "profile_no": no, "revision": n, "changed_at": at, "change_id": n}
        return {**row, "value": value, "month": month_of(at), "occurred_at": at}

    account.lake.write(account.id, PROFILE_HISTORY, [
        named(1, "Anna", 9), named(2, "Anna", 9), named(2, "Peter", 3), named(3, "Kim", 9),
        named(4, "Anna", 9), named(4, None, 3), named(5, "Anna", -1), named(9, "Peter", 0),
    ])  # fmt: skip
    ask = predicted_gender.PROPERTY.source
    everybody = {no: values["predicted_gender"] for no, values in ask(account.asked(range(1, 100))).items()}
    assert everybody == {1: LIKELY_FEMALE, 2: LIKELY_MALE, 3: UNCERTAIN, 9: LIKELY_MALE}
    assert ask(account.asked(range(2, 4))).keys() == {2, 3}
    assert ask(account.asked([1, 4, 9])).keys() == {1, 9}
    earlier = ask(account.asked([2, 4], AS_OF - timedelta(days=5)))
    assert [earlier[no]["predicted_gender"] for no in (2, 4)] == [LIKELY_FEMALE, LIKELY_FEMALE]


def test_it_is_no_part_of_what_profiles_show() -> None:
    hidden = {"predicted_gender": LIKELY_FEMALE, "channel_affinity_ranks": {"email": "high"}}
    shown = predictive(Profile(1, AS_OF, AS_OF, predictive={"total_clv": 5, **hidden}))
    assert shown["total_clv"] == 5
    assert not hidden.keys() & shown.keys()
