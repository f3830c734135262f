"""The filter language: grammar, literals, matrices."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp.errors import Rejected
from cdp.jsonapi.filters import MAX_DEPTH, OPERATORS, Comparison, Expression, Group, parse_filter
from cdp.jsonapi.matrix import BOOLEAN, EMAIL, INSTANT, NUMBER, PHONE, RELATION, TEXT, Filters, one_of

DAY = datetime(2026, 1, 2, tzinfo=UTC)


def one(text: str) -> Expression:
    (expression,) = parse_filter(text)
    return expression


def value(text: str) -> object:
    found = one(f"equals(x,{text})")
    assert isinstance(found, Comparison)
    return found.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"a"', "a"),
        ("'a'", "a"),
        ("''", ""),
        (r'"say \"hi\""', 'say "hi"'),
        (r"'it\'s'", "it's"),
        (r'"back\\slash"', "back\\slash"),
        (r'"\u00e9\n"', "é\n"),
        ('"it\'s, (really) [so]"', "it's, (really) [so]"),
        ('" spaces stay "', " spaces stay "),
        ("12", 12),
        ("-1.5", -1.5),
        ("1e3", 1000.0),
        ("true", True),
        ("FALSE", False),
        ("null", None),
        ("bare", "bare"),
        ("two words", "twowords"),
        ("2026-01-02", DAY),
        ("2026-01-02T00:00:00Z", DAY),
        ("2026-01-02T00:00:00", DAY),
        ("2026-01-02T00:00", DAY),
        ("2026-01-02T00:00:00.000000", DAY),
        ("2026-01-02T01:00:00+01:00", DAY),
        ("2026-01-02T01:00:00+0100", DAY),
        ("2026-01-02T01:00:00 01:00", DAY),
        ("2026-01-01T19:00:00-05", DAY),
        ("2026-01-02T00:00:00.25Z", DAY + timedelta(milliseconds=250)),
        ("2026-13-02", "2026-13-02"),
        ("[]", ()),
        ("['a',\"b\", c ]", ("a", "b", "c")),
        ("[1,2.5,true,null,2026-01-02]", (1, 2.5, True, None, DAY)),
    ],
)
def test_literals(text: str, expected: object) -> None:
    found = value(text)
    assert found == expected
    assert type(found) is type(expected)


def test_a_list_is_a_conjunction_and_white_space_means_nothing() -> None:
    text = ' equals( a , "x y" ) ,\n greater-than(b,1),has( profile ) '
    assert parse_filter(text) == (
        Comparison("equals", "a", "x y"),
        Comparison("greater-than", "b", 1),
        Comparison("has", "profile", None),
    )
    assert parse_filter("") == parse_filter("  ") == ()


@pytest.mark.parametrize(
    "text", ["equals(Campaign Name,'a')", "equals( CampaignName , 'a')", "equals(Campaign  Name,'a')"]
)
def test_a_name_with_blanks_is_known_with_and_without_them(text: str) -> None:
    (found,) = Filters({"Campaign Name": TEXT("equals")}).read(text)
    assert (found.field, found.value) == ("Campaign Name", "a")


def test_nesting() -> None:
    a, b, c = (Comparison("equals", name, 1) for name in "abc")
    assert one("and(or(equals(a,1),not(equals(b,1))),equals(c,1))") == Group(
        "and", (Group("or", (a, Group("not", (b,)))), c)
    )


@pytest.mark.parametrize("operator", sorted(OPERATORS - {"has"}))
def test_every_operator_parses(operator: str) -> None:
    assert one(f"{operator}(field.sub_field,['a'])") == Comparison(operator, "field.sub_field", ("a",))


@pytest.mark.parametrize(
    "text",
    [
        "equals",
        "equals(",
        "equals()",
        "equals(a)",
        "equals(a,)",
        "equals(a,1",
        "equals( ,1)",
        "equals(a,1))",
        "equals(a,1),",
        ",equals(a,1)",
        "equals(a,'x)",
        "equals(a,[1,2)",
        "equals(a,[1 2])x",
        "likes(a,1)",
        "and()",
        "not",
        "equals(a,1) equals(b,2)",
        "equals(a,1,2)",
        "(equals(a,1))",
        "not(" * (MAX_DEPTH + 2) + "equals(a,1)" + ")" * (MAX_DEPTH + 2),
        "and(" * 100_000,
    ],
)
def test_what_does_not_parse_names_the_parameter(text: str) -> None:
    with pytest.raises(Rejected) as refused:
        parse_filter(text)
    assert (refused.value.status, refused.value.parameter) == (400, "filter")


@given(st.text())
def test_any_text_parses_or_is_rejected(text: str) -> None:
    try:
        found: object = parse_filter(text)
    except Rejected as refused:
        found = refused.parameter
    assert found == "filter" or isinstance(found, tuple)


@given(st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from("'\""))
def test_any_string_survives_quoting(text: str, quote: str) -> None:
    quoted = text.replace("\\", "\\\\").replace(quote, "\\" + quote)
    assert value(f"{quote}{quoted}{quote}") == text


@given(st.datetimes(), st.integers(-14 * 60, 14 * 60), st.sampled_from(["", "'", '"']))
def test_any_instant_is_read_back(at: datetime, offset_min: int, quote: str) -> None:
    try:
        zoned = at.replace(tzinfo=timezone(timedelta(minutes=offset_min)))
        utc = zoned.astimezone(UTC)
    except OverflowError:
        return
    (found,) = Filters({"x": INSTANT("equals")}).read(f"equals(x,{quote}{zoned.isoformat()}{quote})")
    assert found.value == utc


MATRIX = Filters(
    {
        "name": TEXT("any", "equals", "contains"),
        "email": EMAIL("any", "equals"),
        "phone": PHONE("equals"),
        "at": INSTANT("greater-than", "less-than"),
        "n": NUMBER("equals", "greater-or-equal"),
        "on": BOOLEAN("equals"),
        "profile": RELATION("has"),
        "status": one_of(("live", "draft"), "equals"),
    }
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("equals(name,['a','b','a'])", ("name", "any", ("a", "b", "a"))),
        ("any(name,['a'])", ("name", "any", ("a",))),
        ("equals(email,' A@B.Cc ')", ("email", "equals", "a@b.cc")),
        ("equals(phone,33612345678)", ("phone", "equals", "+33612345678")),
        ("equals(phone,' 33 6 12-34.56(78)')", ("phone", "equals", "+33612345678")),
        ("greater-or-equal(at,'2026-01-02')", ("at", "greater-or-equal", DAY)),
        ("less-or-equal(at,2026-01-02)", ("at", "less-or-equal", DAY)),
        ("equals(n,1.5)", ("n", "equals", 1.5)),
        ("equals(on,true)", ("on", "equals", True)),
        ("has(profile)", ("profile", "has", None)),
        ("equals(status,'live')", ("status", "equals", "live")),
        ("and(equals(n,1))", ("n", "equals", 1)),
    ],
)
def test_conditions_are_typed(text: str, expected: tuple[str, str, object]) -> None:
    (found,) = MATRIX.read(text)
    assert (found.field, found.operator, found.value) == expected


@pytest.mark.parametrize(
    "text",
    [
        "equals(other,1)",
        "starts-with(name,'a')",
        "equals(name,5)",
        "equals(name,null)",
        "any(name,'a')",
        "contains(name,['a'])",
        "equals(at,2026-01-02)",
        "greater-than(at,12)",
        "equals(n,'1')",
        "equals(n,true)",
        "equals(n,1e999)",
        "equals(on,1)",
        "equals(status,'dead')",
        "equals(profile,'x')",
        "has(name)",
        "or(equals(name,'a'),equals(name,'b'))",
        "not(equals(name,'a'))",
    ],
)
def test_what_the_matrix_does_not_allow_is_400(text: str) -> None:
    with pytest.raises(Rejected) as refused:
        MATRIX.read(text)
    assert (refused.value.status, refused.value.parameter) == (400, "filter")
