"""What a transformation says, and whether it may say so.

A property is a custom property of that name, unless the name is one of `STANDARD`: those mean the profile's
own attributes. Results are custom properties in any case.
"""

from __future__ import annotations

import math
from typing import Literal, TypeAlias

import msgspec

from cdp.errors import Rejected

SUFFIX = "_transformed"
STANDARD = (
    "first_name", "last_name", "organization", "title",
    "location.address1", "location.address2", "location.city", "location.region", "location.country",
    "location.zip",
)  # fmt: skip
MAX_RULES, MAX_VALUES, MAX_TEXT = 10, 30, 255
MIN_SOURCES, MAX_SOURCES = 2, 10
MAX_BYTES = 100_000  # of a definition as JSON

Scalar: TypeAlias = str | bool | int | float


class FormatOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The five steps, in the order in which they are taken. `day_first`: 3/4/1990 is the third of April."""

    remove_spaces: bool = False
    delete_quotes: bool = False
    delete_special_characters: bool = False
    capitalize_words: bool = False
    revise_date: Literal["date", "date_time"] | None = None
    day_first: bool = False


class StandardizeOptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`table`: a table of the platform (see tables.py), looked up where no rule matches."""

    table: Literal["country_names", "us_states"] | None = None


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """If the value contains or equals one of `values`, the whole value becomes `replacement`."""

    operator: Literal["contains", "equals"]
    values: tuple[Scalar, ...]
    replacement: Scalar


class Format(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="method", tag="format"
):
    property: str
    options: FormatOptions


class Standardize(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="method", tag="standardize"
):
    property: str
    rules: tuple[Rule, ...] = ()
    options: StandardizeOptions = StandardizeOptions()


class Merge(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="method", tag="merge"
):
    """The first of `properties` that has a value gives it; the first of all names the result."""

    properties: tuple[str, ...]

    @property
    def property(self) -> str:
        return self.properties[0]


Definition: TypeAlias = Format | Standardize | Merge


def method_of(definition: Definition) -> str:
    return str(definition.__struct_config__.tag)


def sources_of(definition: Definition) -> tuple[str, ...]:
    return definition.properties if isinstance(definition, Merge) else (definition.property,)


def result_of(property_: str) -> str:
    """Name of the custom property that holds the result."""
    return property_ + SUFFIX


def check(definition: Definition, at: str) -> None:
    """`Rejected` with a pointer below `at` if the definition breaks a rule of SPEC §16."""
    if isinstance(definition, Merge):
        _check_sources(definition.properties, f"{at}/properties")
    else:
        _check_name(definition.property, f"{at}/property")
    if isinstance(definition, Format):
        _check_steps(definition.options, f"{at}/options")
    elif isinstance(definition, Standardize):
        _check_rules(definition, at)
    if len(msgspec.json.encode(definition)) > MAX_BYTES:
        raise Rejected(f"A transformation is at most {MAX_BYTES} bytes.", field=at)


def _check_sources(names: tuple[str, ...], at: str) -> None:
    if not MIN_SOURCES <= len(names) <= MAX_SOURCES:
        raise Rejected(f"A merge takes {MIN_SOURCES} to {MAX_SOURCES} properties, not {len(names)}.", field=at)
    for position, name in enumerate(names):
        _check_name(name, f"{at}/{position}")
        if name in names[:position]:
            raise Rejected(f"{name!r} is named twice.", field=f"{at}/{position}")


def _check_name(name: str, at: str) -> None:
    if not name.strip() or len(name) > MAX_TEXT:
        raise Rejected(f"A property's name has 1 to {MAX_TEXT} characters.", field=at)
    if name.endswith(SUFFIX):
        raise Rejected("The result of a transformation cannot be transformed again.", field=at)


def _check_steps(options: FormatOptions, at: str) -> None:
    steps = (options.remove_spaces, options.delete_quotes, options.delete_special_characters,
             options.capitalize_words, options.revise_date)  # fmt: skip
    if not any(steps):
        raise Rejected("A format needs at least one step.", field=at)
    if options.day_first and not options.revise_date:
        raise Rejected("day_first belongs to revise_date.", field=f"{at}/day_first")


def _check_rules(definition: Standardize, at: str) -> None:
    rules = definition.rules
    if not rules and definition.options.table is None:
        raise Rejected(f"A standardization needs 1 to {MAX_RULES} rules.", field=f"{at}/rules")
    if len(rules) > MAX_RULES:
        raise Rejected(f"A standardization has at most {MAX_RULES} rules, not {len(rules)}.", field=f"{at}/rules")
    for position, rule in enumerate(rules):
        _check_rule(rule, f"{at}/rules/{position}")


def _check_rule(rule: Rule, at: str) -> None:
    if not 1 <= len(rule.values) <= MAX_VALUES:
        raise Rejected(f"A rule has 1 to {MAX_VALUES} values, not {len(rule.values)}.", field=f"{at}/values")
    for position, value in enumerate(rule.values):
        here = f"{at}/values/{position}"
        _check_scalar(value, here)
        if rule.operator == "contains" and not isinstance(value, str):
            raise Rejected("`contains` compares text.", field=here)
        if _kind(value) != _kind(rule.values[0]):
            raise Rejected("The values of a rule are of one type: text, numbers or booleans.", field=here)
        if isinstance(value, str) and not value.strip():
            raise Rejected("A value must not be blank.", field=here)
    _check_scalar(rule.replacement, f"{at}/replacement")


def _check_scalar(value: Scalar, at: str) -> None:
    if isinstance(value, str) and len(value) > MAX_TEXT:
        raise Rejected(f"A text is at most {MAX_TEXT} characters.", field=at)
    if isinstance(value, float) and not math.isfinite(value):
        raise Rejected("This is not a finite number.", field=at)


def _kind(value: Scalar) -> str:
    return "boolean" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"
