"""Shapes of the filters within a flow's conditions: what a value is compared with. Pure."""

from __future__ import annotations

from functions.messages.shapes import (
    FLAG,
    INSTANT,
    INTEGER,
    NUMBER,
    TEXT,
    Check,
    by,
    either,
    many,
    one_of,
    or_null,
    shape,
)

UNITS = ("day", "hour", "week")
_UNIT = one_of(*UNITS)
_TEXTS = (
    "contains",
    "ends-with",
    "equals",
    "not-contains",
    "not-ends-with",
    "not-equals",
    "not-starts-with",
    "nregex",
    "regex",
    "starts-with",
)
_NUMBERS = ("equals", "greater-than", "greater-than-or-equal", "less-than", "less-than-or-equal", "not-equals")
_LENGTHS = tuple(f"length-{name}" for name in _NUMBERS if name != "not-equals")
_ONE_TEXT, _TEXT_LIST = shape({"value": or_null(TEXT)}), shape({"value": many(TEXT)})
_AGO = shape({"unit": _UNIT, "quantity": INTEGER})
_STATIC = {
    ("after", "before"): shape({"date": INSTANT}),
    "between-static": shape({"start": INSTANT, "end": INSTANT}),
    "at-least": _AGO,
    "in-the-last": _AGO,
    "in-the-next": _AGO,
    "between": shape({"start": INTEGER, "end": INTEGER, "unit": _UNIT}),
}
_YEARLY = {
    ("anniversary-last", "anniversary-next"): _AGO,
    "calendar-month": shape({"value": INTEGER}),
    ("anniversary", "anniversary-month"): shape(),
}
_STRING = by(
    "operator",
    {
        _TEXTS: _ONE_TEXT,
        ("in", "not-in", "phone-country-code-in", "phone-country-code-not-in"): _TEXT_LIST,
    },
)
_NUMERIC = by(
    "operator", {_NUMBERS: shape({"value": NUMBER}), "between": shape({"start": NUMBER, "end": NUMBER})}
)
_BOOLEAN = by("operator", {"equals": shape({"value": FLAG})})
_LIST = by(
    "operator",
    {
        ("contains", "not-contains"): shape({"value": or_null(either(INTEGER, TEXT))}),
        _LENGTHS: shape({"value": INTEGER}),
        ("contains-all", "contains-any", "not-contains-all", "not-contains-any"): _TEXT_LIST,
        ("contains-substring", "not-contains-substring"): _ONE_TEXT,
    },
)
_EXISTENCE = by("operator", {("is-set", "not-set"): shape()})


def _kinds(**kinds: Check) -> Check:
    return by("type", kinds)


PROPERTY = _kinds(
    string=_STRING,
    numeric=_NUMERIC,
    boolean=_BOOLEAN,
    date=by("operator", {**_STATIC, **_YEARLY}),
    list=_LIST,
    existence=_EXISTENCE,
)
NUMBERS = _kinds(numeric=by("operator", {_NUMBERS: shape({"value": NUMBER})}))
COUNTS = _kinds(numeric=by("operator", {_NUMBERS: shape({"value": INTEGER})}))
DISTANCE = _kinds(numeric=by("operator", {("greater-than", "less-than"): shape({"value": NUMBER})}))
RANK = _kinds(
    string=by("operator", {("equals", "not-equals"): shape({"value": one_of("high", "low", "medium")})}),
    numeric=by("operator", {"equals": shape({"value": INTEGER})}),
)
GENDER = _kinds(
    string=by(
        "operator",
        {
            ("equals", "not-equals"): shape(
                {"value": one_of("likely_female", "likely_male", "uncertain")}
            )
        },
    )
)
DATES = _kinds(date=by("operator", {**_STATIC, **_YEARLY}))
FRAME = _kinds(date=by("operator", _STATIC))
FLOW_FRAME = _kinds(date=by("operator", {**_STATIC, ("alltime", "flow-start"): shape()}))
SENT_FRAME = _kinds(date=by("operator", {"alltime": shape(), "in-the-last": _AGO}))
FLAGS = _kinds(boolean=_BOOLEAN)
TEXTS = _kinds(string=by("operator", {"equals": _ONE_TEXT, "in": _TEXT_LIST}))
DATES_OR_SET = _kinds(
    date=by("operator", {**_STATIC, **_YEARLY}), existence=by("operator", {"is-set": shape()})
)
