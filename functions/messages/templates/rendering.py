"""Filling in a template: `{{ a.b|filter:"x" }}` is replaced from a context, as Django's templates have it. Pure.

Only variables and the filters below are known; a template that also has tags (`{% … %}`) cannot be filled in here.
A variable without a value outputs nothing.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cdp.errors import Rejected

_MARK = re.compile(r"(\{\{|\}\}|\{%|%\}|\{#|#\})")
_ENDS = {"{{": "}}", "{%": "%}", "{#": "#}"}
_MOST = 1_000_000  # characters of the result: one long value may be asked for many times
_NAME = re.compile(r"\s*([\w$]+(?:\.[\w$]+)*)\s*")
_FILTER = re.compile(r"""\|\s*(\w+)\s*(?::\s*("[^"]*"|'[^']*'|-?\d+(?:\.\d+)?|[\w$]+(?:\.[\w$]+)*)\s*)?""")
_FIELD = "/data/id"


class _Safe(str):
    """A text that is HTML already."""

    __slots__ = ()


def _default(value: Any, argument: Any) -> Any:
    return value if value else argument


def _join(value: Any, argument: Any) -> str:
    items = value if isinstance(value, list) else []
    return _text(argument).join(map(_text, items))


def _cut_words(value: Any, argument: Any) -> str:
    words = _text(value).split()
    most = int(argument) if isinstance(argument, int | float) else len(words)
    return " ".join(words[:most]) + (" …" if len(words) > most else "")


FILTERS: Mapping[str, Callable[[Any, Any], Any]] = {
    "default": _default,
    "default_if_none": lambda value, argument: argument if value is None else value,
    "upper": lambda value, _: _text(value).upper(),
    "lower": lambda value, _: _text(value).lower(),
    "title": lambda value, _: _text(value).title(),
    "capfirst": lambda value, _: _text(value)[:1].upper() + _text(value)[1:],
    "length": lambda value, _: len(value) if isinstance(value, str | list | dict) else 0,
    "join": _join,
    "truncatewords": _cut_words,
    "safe": lambda value, _: _Safe(_text(value)),
    "escape": lambda value, _: _Safe(html.escape(_text(value))),
}


def render(text: str, context: Mapping[str, Any], *, escaped: bool) -> str:
    """The text with its variables filled in; `escaped`: values are made safe to stand in HTML."""

    made, size = [], 0
    for mark, inner in _pieces(text):
        if mark == "{%":
            raise Rejected(f"The tag {{%{inner}%}} cannot be rendered here.", field=_FIELD)
        made.append(inner if mark is None else _filled(inner, context, escaped) if mark == "{{" else "")
        size += len(made[-1])
        if size > _MOST:
            raise Rejected(f"What is rendered has more than {_MOST} characters.", field="/data/attributes/context")
    return "".join(made)


def _pieces(text: str) -> Iterator[tuple[str | None, str]]:
    """(None, plain text) or (opening mark, what stands before the closing one).

    A mark that is not closed in its line is plain, as style sheets have them.
    """
    parts = _MARK.split(text)
    last = {part: at for at, part in enumerate(parts)}
    opened: str | None = None
    inner: list[str] = []
    for at, part in enumerate(parts):
        if opened is None:
            if part in _ENDS and last.get(_ENDS[part], -1) > at:
                opened = part
            else:
                yield None, part
        elif part == _ENDS[opened]:
            yield opened, "".join(inner)
            opened, inner = None, []
        else:
            inner.append(part)
            if "\n" in part:
                yield None, opened + "".join(inner)
                opened, inner = None, []
    if opened is not None:
        yield None, opened + "".join(inner)


def _filled(expression: str, context: Mapping[str, Any], escaped: bool) -> str:
    value = _value(expression, context)
    shown = _text(value)
    return html.escape(shown) if escaped and not isinstance(value, _Safe) else shown


def _value(expression: str, context: Mapping[str, Any]) -> Any:
    name = _NAME.match(expression)
    if name is None:
        raise _unreadable(expression)
    value, at = _found(name.group(1), context), name.end()
    while at < len(expression):
        applied = _FILTER.match(expression, at)
        if applied is None:
            raise _unreadable(expression)
        if applied.group(1) not in FILTERS:
            known = ", ".join(FILTERS)
            raise Rejected(f"The filter {applied.group(1)!r} is not known; filters: {known}.", field=_FIELD)
        value = FILTERS[applied.group(1)](value, _argument(applied.group(2), context))
        at = applied.end()
    return value


def _argument(text: str | None, context: Mapping[str, Any]) -> Any:
    if text is None:
        return None
    if text[0] in "\"'":
        return text[1:-1]
    try:
        return float(text) if "." in text else int(text)
    except ValueError:
        return _found(text, context)


def _found(path: str, context: Mapping[str, Any]) -> Any:
    value: Any = context
    for step in path.split("."):
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def _text(value: Any) -> str:
    if value is None or value is False:
        return ""
    return value if isinstance(value, str) else str(value)


def _unreadable(expression: str) -> Rejected:
    return Rejected(f"The expression {{{{{expression}}}}} cannot be read.", field=_FIELD)
