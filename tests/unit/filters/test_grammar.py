"""What a filter may be, and where a wrong one is pointed at."""

from __future__ import annotations

from typing import Any

import pytest

from cdp.errors import Rejected
from cdp.filters import grammar


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ("x", ""),
        ({}, "/type"),
        ({"type": "string"}, "/operator"),
        ({"type": "strings", "operator": "equals", "value": "x"}, "/type"),
        ({"type": "string", "operator": "is", "value": "x"}, "/operator"),
        ({"type": "date", "operator": "alltime"}, "/operator"),
        ({"type": "string", "operator": "equals"}, "/value"),
        ({"type": "string", "operator": "equals", "value": 5}, "/value"),
        ({"type": "string", "operator": "equals", "value": "x", "case": True}, "/case"),
        ({"type": "string", "operator": "in", "value": []}, "/value"),
        ({"type": "string", "operator": "in", "value": ["x", 5]}, "/value/1"),
        ({"type": "string", "operator": "regex", "value": "(?=x)"}, "/value"),
        ({"type": "string", "operator": "regex", "value": "["}, "/value"),
        ({"type": "string", "operator": "nregex", "value": "x" * 257}, "/value"),
        ({"type": "string", "operator": "phone-country-code-in", "value": ["US", "XX"]}, "/value/1"),
        ({"type": "numeric", "operator": "equals", "value": "5"}, "/value"),
        ({"type": "numeric", "operator": "equals", "value": 1e301}, "/value"),
        ({"type": "boolean", "operator": "equals", "value": 1}, "/value"),
        ({"type": "list", "operator": "length-equals", "value": -1}, "/value"),
        ({"type": "list", "operator": "contains", "value": 1.5}, "/value"),
        ({"type": "date", "operator": "after", "date": "yesterday"}, "/date"),
        ({"type": "date", "operator": "before", "date": "0001-01-01T00:00:00Z"}, "/date"),
        ({"type": "date", "operator": "in-the-last", "unit": "month", "quantity": 1}, "/unit"),
        ({"type": "date", "operator": "in-the-last", "unit": "day", "quantity": -1}, "/quantity"),
        ({"type": "date", "operator": "in-the-last", "unit": "day", "quantity": 10**9}, "/quantity"),
        ({"type": "date", "operator": "calendar-month", "value": 13}, "/value"),
        (
            {
                "type": "date", "operator": "between-static",
                "start": "2026-01-02T00:00:00Z", "end": "2026-01-01T00:00:00Z",
            },
            "/end",
        ),
    ],
)  # fmt: skip
def test_a_wrong_filter_is_pointed_at(data: Any, field: str) -> None:
    with pytest.raises(Rejected) as refused:
        grammar.read(data, "/data/filter", grammar.PROPERTY)
    assert refused.value.field == f"/data/filter{field}"


@pytest.mark.parametrize("operator", ["contains-starts-with", "not-contains-ends-with"])
def test_custom_metrics_know_more_list_filters_than_segments(operator: str) -> None:
    data = {"type": "list", "operator": operator, "value": "x"}
    assert grammar.read(data, "", grammar.CUSTOM_METRIC).operator == operator
    with pytest.raises(Rejected):
        grammar.read(data, "", grammar.EVENT_PROPERTY)


def test_null_is_the_empty_text() -> None:
    found = grammar.read({"type": "string", "operator": "equals", "value": None}, "", grammar.PROPERTY)
    assert found == grammar.read({"type": "string", "operator": "equals", "value": None}, "", grammar.EVENT_PROPERTY)
