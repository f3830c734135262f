"""Paths into a record: the part of JSONPath that names one place (`$.a.b`, `$['a']['b']`, `$.a[0]`)."""

from __future__ import annotations

import re
from typing import Any

from cdp.documents.object_types import Path
from cdp.errors import Rejected

_STEP = re.compile(
    r"""\.(?P<plain>[^\s.\[\]'"*?@()]+) | \[(?P<position>\d{1,4})\]
      | \['(?P<single>(?:[^'\\]|\\.)+)'\] | \["(?P<double>(?:[^"\\]|\\.)+)"\]""",
    re.VERBOSE,
)
_ESCAPED = re.compile(r"\\(.)")
_MAX_CHARS = 500


def parse(text: str, pointer: str) -> Path:
    """The steps of a path; `Rejected` for one that is none, or that may lead to several places."""
    steps: list[str | int] = []
    at = 1
    if not text.startswith("$") or len(text) > _MAX_CHARS:
        raise _refused(text, pointer)
    while at < len(text):
        found = _STEP.match(text, at)
        if found is None:
            raise _refused(text, pointer)
        at = found.end()
        if (position := found["position"]) is not None:
            steps.append(int(position))
        else:
            name = found["plain"] or found["single"] or found["double"]
            steps.append(name if found["plain"] else _ESCAPED.sub(r"\1", name))
    return tuple(steps)


def follow(path: Path, value: Any) -> Any:
    """What stands there; None also if nothing does."""
    for step in path:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and step < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value


def show(path: Path) -> str:
    """The path as text."""
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f"['{step}']" for step in path)


def _refused(text: str, pointer: str) -> Rejected:
    return Rejected(
        f"{text[:100]!r} is not a path to one place of a record, like $['order']['id'] or $.lines[0].sku.",
        field=pointer,
    )
