"""JSON, arrays of JSON, patterns and texts: the answers expected are Trino's."""

from __future__ import annotations

from typing import Any

import pytest

from cdp.query.sql import compile, select
from tests.unit.query.files import event
from tests.unit.query.test_rules import one

_MEMBERS = "try_cast(json_extract(:j, '$') AS ARRAY(JSON))"


@pytest.mark.parametrize(
    ("document", "key", "expected"),
    [
        ('{"a": "x"}', "a", '"x"'),
        ('{"a": [1, {"b": null}]}', "a", '[1,{"b":null}]'),
        ('{"a": null}', "a", "null"),
        ('{"b": 1}', "a", None),
        ('{"a/b~\\"": true}', 'a/b~"', "true"),
    ],
)
def test_json_format_gives_the_text_of_any_value(run: Any, document: str, key: str, expected: str | None) -> None:
    quoted = key.replace("\\", "\\\\").replace('"', '\\"')
    rows = run(
        select("SELECT json_format(json_extract(properties, :path)) AS answer FROM events", path=f'$["{quoted}"]'),
        [event(1, properties=document)],
    )
    assert [row["answer"] for row in rows] == [expected]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ('{"a": "x"}', "x"),
        ('{"a": "{x"}', "{x"),
        ('{"a": "[1]"}', "[1]"),
        ('{"a": [1]}', None),
        ('{"a": {"b": 1}}', None),
        ('{"a": null}', None),
        ('{"b": 1}', None),
        ('{"a": 1.5}', "1.5"),
        ('{"a": ""}', ""),
        ('{"a": true}', "true"),
        ('["a"]', None),
    ],
)
def test_json_extract_scalar_of_a_column_is_no_object_and_no_array(run: Any, document: str, expected: str | None) -> None:
    query = select("SELECT json_extract_scalar(properties, :path) AS answer FROM events", path='$["a"]')
    assert "CASE" in compile(query, "duckdb").sql
    assert run(query, [event(1, properties=document)]) == [{"answer": expected}]


@pytest.mark.parametrize(
    ("document", "expected"),
    [('["a", 1, null, {"b": 2}]', 4), ("[]", 0), ('{"a": 1}', None), ('"a"', None), ("null", None)],
)
def test_only_a_list_becomes_an_array(run: Any, document: str, expected: int | None) -> None:
    assert one(run, f"cardinality({_MEMBERS})", j=document) == expected


def test_a_filter_sees_each_member_as_json(run: Any) -> None:
    expression = f"cardinality(filter({_MEMBERS}, e -> json_extract_scalar(json_format(e), '$') = :wanted))"
    assert one(run, expression, j='["x", "X", ["x"], "x"]', wanted="x") == 2


def test_element_at_is_null_beyond_the_end(run: Any) -> None:
    assert one(run, f"json_format(element_at({_MEMBERS}, 2))", j='["a", "b"]') == '"b"'
    assert one(run, f"json_format(element_at({_MEMBERS}, 3))", j='["a", "b"]') is None


@pytest.mark.parametrize(
    ("text", "pattern", "expected"),
    [("xaby", "ab", True), ("ab\n", r"b\z", False), ("a\nb", "a.b", False), ("Ab", "ab", False), ("", "", True)],
)
def test_a_pattern_is_looked_for_anywhere(run: Any, text: str, pattern: str, expected: bool) -> None:
    assert one(run, "regexp_like(:string, :pattern)", string=text, pattern=pattern) is expected


def test_substr_counts_code_points_from_one(run: Any) -> None:
    assert one(run, "substr(:string, 2, 3)", string="a👩\u200d👧b") == "👩\u200d👧"
    assert one(run, "substr(:string, 3)", string="ab") == ""


def test_a_text_can_be_split_into_rows(run: Any) -> None:
    query = select(
        "SELECT metric_id FROM events WHERE metric_id IN "
        "(SELECT CAST(no AS BIGINT) FROM UNNEST(split(:numbers, ' ')) AS numbers_(no))",
        numbers="5 7 11",
    )
    rows = run(query, [event(1, metric_id=7), event(2, metric_id=8)])
    assert [row["metric_id"] for row in rows] == [7]


@pytest.mark.parametrize(
    "expression",
    [
        "json_format(json_extract(properties, '$[\"a\"]'))",
        f"cardinality(filter({_MEMBERS}, e -> json_format(e) = 'x'))",
        "regexp_like(properties, :j)",
        "substr(properties, 1, 2) || :j",
    ],
)
def test_trino_gets_it_as_it_was_written(expression: str) -> None:
    values = {"j": "[]"} if ":j" in expression else {}
    text = compile(select(f"SELECT {expression} AS answer FROM events", **values), "athena").sql
    for word in ("JSON_FORMAT", "CARDINALITY", "FILTER", "REGEXP_LIKE", "SUBSTR"):
        assert (word in text) == (word.lower() in expression)
