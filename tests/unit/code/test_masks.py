"""Values of an environment in the spellings that a function gives them by itself, without meaning to."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest

from cdp.documents.function_environments import Mask

KEY = "-----BEGIN KEY-----\nMIIEvQ/IBADANB+gkq==\n-----END KEY-----\n"
PASSWORD = "p/ss \"w\u00f6rd' &+"


@pytest.mark.parametrize("value", [KEY, PASSWORD])
@pytest.mark.parametrize(
    "spelt",
    [str, repr, json.dumps, lambda one: json.dumps(one, ensure_ascii=False), quote, quote_plus, lambda one: quote(one, safe="")],
)
def test_a_value_is_masked_in_the_spellings_of_addresses_and_code(value: str, spelt: Callable[[str], str]) -> None:
    shown = Mask([value]).text(f"before {spelt(value)} behind")
    assert "***" in shown
    assert shown.startswith("before ")
    assert not any(part in shown for part in ("MIIE", "ss ", "rd'", "ss%20", "ss+"))


def test_a_value_of_several_lines_is_masked_line_by_line() -> None:
    """`print` hands them over one by one."""
    assert Mask([KEY]).text("MIIEvQ/IBADANB+gkq==") == "***"
    assert Mask(["on\nno\na plain enough line"]).text("on and no") == "on and no", "what is short is everywhere"
