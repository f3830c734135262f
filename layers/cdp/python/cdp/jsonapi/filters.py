"""The filter language (SPEC §1.4): text in, a tree of comparisons out.

    filter      = expression ("," expression)*                    a list means AND
    expression  = ("and" | "or" | "not") "(" filter ")"
                | operator "(" field ["," value] ")"
    value       = literal | "[" [literal ("," literal)*] "]"
    literal     = quoted string | number | true | false | null | instant | bare string

White space outside quotes means nothing, except within the name of a field, where an endpoint may know it
("Campaign Name"). Which fields and operators an endpoint knows stands in its
`cdp.jsonapi.matrix.Filters`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NoReturn, TypeAlias

from cdp.errors import Rejected
from cdp.jsonapi.times import parse_instant

Scalar: TypeAlias = str | int | float | bool | datetime | None
Value: TypeAlias = Scalar | tuple[Scalar, ...]

_ORDER = ("less-than", "less-or-equal", "greater-than", "greater-or-equal")
_TEXTS = ("contains", "contains-any", "contains-all", "starts-with", "ends-with")
OPERATORS = frozenset(("equals", "any", "has", *_ORDER, *_TEXTS))
MAX_DEPTH = 20
_CONNECTIVES = ("and", "or", "not")
_NAME = re.compile(r"\s*([A-Za-z-]+)\s*\(")
_FIELD = re.compile(r"([^,()\[\]\"']+(?:\[\s*(?:'[^']*'|\"[^\"]*\")\s*\])?)\s*")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"|\'((?:[^\'\\]|\\.)*)\'', re.DOTALL)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_BARE = re.compile(r"[^,()\[\]\"']+")
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?([eE][-+]?\d+)?")
_CONTROL = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, slots=True)
class Comparison:
    """`operator(field,value)`; a list is a tuple; `has(field)` has the value None."""

    operator: str
    field: str
    value: Value


@dataclass(frozen=True, slots=True)
class Group:
    """`and(…)`, `or(…)`, `not(…)`; `not` negates the conjunction of its parts."""

    connective: Literal["and", "or", "not"]
    parts: tuple[Expression, ...]


Expression: TypeAlias = Comparison | Group


def parse_filter(text: str) -> tuple[Expression, ...]:
    """The expressions of a filter, to be ANDed; `Rejected` with the place where reading ended."""
    if not text.strip():
        return ()
    reader = _Reader(text)
    expressions = reader.expressions(depth=0)
    reader.end()
    return expressions


class _Reader:
    """Recursive descent over the text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def expressions(self, depth: int) -> tuple[Expression, ...]:
        found = [self.expression(depth)]
        while self.take(","):
            found.append(self.expression(depth))
        return tuple(found)

    def expression(self, depth: int) -> Expression:
        if depth > MAX_DEPTH:
            self.fail(f"more than {MAX_DEPTH} levels of nesting")
        name = _NAME.match(self.text, self.at)
        if name is None:
            self.fail("expected an operator and an opening parenthesis")
        word = name.group(1).lower()
        if word not in OPERATORS and word not in _CONNECTIVES:
            self.fail(f"unknown operator {name.group(1)!r}")
        self.at = name.end()
        tree = self.group(word, depth) if word in _CONNECTIVES else self.comparison(word)
        self.need(")")
        return tree

    def group(self, word: str, depth: int) -> Group:
        return Group(word, self.expressions(depth + 1))  # type: ignore[arg-type]

    def comparison(self, operator: str) -> Comparison:
        field = _FIELD.match(self.text, self.at)
        if field is None or not field.group(1).strip():
            self.fail("expected a field name")
        self.at = field.end()
        name = field.group(1).strip()
        if operator == "has":
            return Comparison(operator, name, None)
        self.need(",")
        return Comparison(operator, name, self.value())

    def value(self) -> Value:
        if not self.take("["):
            return self.literal()
        if self.take("]"):
            return ()
        items = [self.literal()]
        while self.take(","):
            items.append(self.literal())
        self.need("]")
        return tuple(items)

    def literal(self) -> Scalar:
        self.skip()
        quoted = _QUOTED.match(self.text, self.at)
        if quoted:
            self.at = quoted.end()
            self.skip()
            return _ESCAPE.sub(_unescape, quoted.group(1) if quoted.group(1) is not None else quoted.group(2))
        bare = _BARE.match(self.text, self.at)
        if bare is None or not bare.group().strip():
            self.fail("expected a value")
        self.at = bare.end()
        return _bare(bare.group().strip())

    def skip(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def take(self, mark: str) -> bool:
        self.skip()
        taken = self.text.startswith(mark, self.at)
        self.at += taken
        return taken

    def need(self, mark: str) -> None:
        if not self.take(mark):
            self.fail(f"expected {mark!r}")

    def end(self) -> None:
        self.skip()
        if self.at < len(self.text):
            self.fail("unexpected text")

    def fail(self, what: str) -> NoReturn:
        raise refused(f"The filter does not parse at character {self.at + 1}: {what}.")


def _bare(text: str) -> Scalar:
    """A literal without quotes: a word, a number, an instant, else a string."""
    instant = parse_instant(text)
    if instant is not None:
        return instant
    text = "".join(text.split())
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if _NUMBER.fullmatch(text):
        return float(text) if set(text) & set(".eE") else int(text)
    return text


def _unescape(found: re.Match[str]) -> str:
    what = found.group(1)
    if len(what) == 5:
        return chr(int(what[1:], 16))
    return _CONTROL.get(what, what)


def refused(message: str) -> Rejected:
    """A filter that cannot be answered (400, `source.parameter` = filter)."""
    return Rejected(message, parameter="filter")
