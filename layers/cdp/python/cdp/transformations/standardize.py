"""Method Standardize: if/else rules that replace a value, the first match wins (SPEC §16).

Text is compared without regard to case and outer white space, numbers by value, booleans as such. Lists are
taken value by value. No match leaves the value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from cdp.transformations.definition import Rule, Scalar, Standardize
from cdp.transformations.tables import TABLES, key_of

Step: TypeAlias = Callable[[Any], Any]


def compiled(definition: Standardize) -> Step:
    """Value -> value."""
    matchers = [(_matcher(rule), rule.replacement) for rule in definition.rules]
    table = definition.options.table
    known: Mapping[str, str] = TABLES[table]() if table else {}

    def replaced(value: Any) -> Any:
        if isinstance(value, list):
            return [item if isinstance(item, list) else replaced(item) for item in value]
        if not isinstance(value, str | int | float):
            return value
        asked = _folded(value)
        for matches, replacement in matchers:
            if matches(asked):
                return replacement
        return known.get(key_of(value), value) if known and isinstance(value, str) else value

    return replaced


def _matcher(rule: Rule) -> Callable[[Any], bool]:
    values = frozenset(_folded(value) for value in rule.values)
    if rule.operator == "equals":
        return values.__contains__
    texts = tuple(text for _, text in values)
    return lambda asked: asked[0] == "text" and any(text in asked[1] for text in texts)


def _folded(value: Scalar) -> tuple[str, Any]:
    """What is compared: True is not 1, but 1 is 1.0."""
    if isinstance(value, str):
        return "text", value.strip().casefold()
    return ("boolean" if isinstance(value, bool) else "number"), value
