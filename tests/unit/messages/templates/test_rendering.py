from __future__ import annotations

import html
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.errors import Rejected
from functions.messages.templates.rendering import render

CONTEXT = {
    "first_name": "Zoë",
    "person": {"name": "o'neil & sons", "tags": ["red", "blue"], "none": None},
    "count": 3,
    "markup": "<b>bold</b>",
}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("Hello {{ first_name }}!", "Hello Zoë!"),
        ("{{first_name}}{{  first_name  }}", "ZoëZoë"),
        ("{{ person.name }}", "o'neil & sons"),
        ("{{ person.name|title|upper }}", "O'NEIL & SONS"),
        ("{{ person.tags.1 }}, {{ person.tags.7 }}.", "blue, ."),
        ("{{ nobody }}|{{ nobody.at.all }}|{{ person.none }}", "||"),
        ("{{ nobody|default:'friend' }} {{ first_name|default:\"friend\" }}", "friend Zoë"),
        ("{{ nobody|default:first_name }}", "Zoë"),
        ("{{ person.none|default_if_none:'-' }}", "-"),
        ("{{ person.tags|join:', ' }} {{ person.tags|length }}", "red, blue 2"),
        ("{{ count }} {{ nobody|default:7 }}", "3 7"),
        ("{{ first_name|lower|capfirst }}", "Zoë"),
        ("{{ markup|truncatewords:1 }}", "<b>bold</b>"),
        ("{# not {{ first_name }} shown #}x", "x"),
        ("@media x{#top{color:red}} {{ count }}", "@media x{#top{color:red}} 3"),
        ("a {{ open\nand }} {{ count }}", "a {{ open\nand }} 3"),
        ("{{ first_name", "{{ first_name"),
        ("{% unclosed {{ count }}", "{% unclosed 3"),
    ],
)
def test_variables_are_filled_in(template: str, expected: str) -> None:
    assert render(template, CONTEXT, escaped=False) == expected


def test_values_are_safe_in_html_unless_they_are_called_so() -> None:
    assert render("{{ markup }}", CONTEXT, escaped=True) == "&lt;b&gt;bold&lt;/b&gt;"
    assert render("{{ markup|safe }}{{ markup|escape }}", CONTEXT, escaped=True) == (
        "<b>bold</b>&lt;b&gt;bold&lt;/b&gt;"
    )


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("{% if first_name %}x{% endif %}", "if first_name"),
        ("{{ first_name|frobnicate }}", "frobnicate"),
        ("{{ first_name + 1 }}", "first_name + 1"),
        ("{{ }}", "cannot be read"),
        ("{{ first_name|default: }}", "cannot be read"),
    ],
)
def test_what_is_not_known_is_refused(template: str, told: str) -> None:
    with pytest.raises(Rejected, match=re.escape(told)) as refused:
        render(template, CONTEXT, escaped=False)
    assert refused.value.field == "/data/id"


def test_what_is_rendered_is_bounded() -> None:
    with pytest.raises(Rejected, match="characters"):
        render("{{ long }}" * 200, {"long": "x" * 10_000}, escaped=False)


@settings(max_examples=200)
@given(st.text(alphabet="{}%# \nab|:.'\"", max_size=40))
def test_any_text_is_rendered_or_refused(template: str) -> None:
    try:
        made = render(template, {"a": "1", "b": {"a": "2"}}, escaped=False)
    except Rejected:
        return
    if not re.search(r"\{[{%#]", template):
        assert made == template


@given(st.text(max_size=30))
def test_a_value_never_brings_markup_of_its_own(value: str) -> None:
    made = render("<p>{{ it }}</p>", {"it": value}, escaped=True)
    assert html.unescape(made.removeprefix("<p>").removesuffix("</p>")) == html.unescape(html.escape(value))
    assert "<" not in made.removeprefix("<p>").removesuffix("</p>")


def test_marks_that_nothing_closes_take_linear_time() -> None:
    text = "{#" * 100_000
    assert render(text, {}, escaped=False) == text
    assert render(text + "#}", {}, escaped=False) == ""
