"""Writes the reference pages that come from code: docs/wiring.md, docs/events.md, docs/settings.md.

python -m infra.document           writes the pages
python -m infra.document --check   exits with 1 and names the pages that are not current
"""

from __future__ import annotations

import dataclasses
import inspect
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from cdp.events import EVENTS
from cdp.lake.tables import TABLES
from cdp.spec import FunctionSpec
from infra.specs import rooms

DOCS = Path(__file__).parents[1] / "docs"
_NOTE = "<!-- Written by `make docs` from the code; change the code, not this page. -->"


def pages() -> dict[str, str]:
    """File name -> text."""
    specs = rooms()
    return {"wiring.md": wiring(specs), "events.md": messages(), "settings.md": settings(specs), "tables.md": tables()}


def wiring(specs: Sequence[FunctionSpec]) -> str:
    rows = []
    for spec in specs:
        triggers = [f"{len(spec.routes)} routes"] if spec.routes else []
        triggers += [f"bus: {rule.message.__name__}" for rule in spec.rules]
        triggers += [f"schedule: {schedule.name}, {schedule.rate or schedule.cron}" for schedule in spec.schedules]
        triggers += ["inbox"] if spec.inbox else []
        triggers += ["authorizer"] if spec.authorizer else []
        triggers += ["every other path"] if spec.default_route else []
        grants = [f"{grant.resource} {grant.access}" for grant in spec.grants]
        size = f"{spec.memory_mb} MB, {spec.timeout_s} s"
        rows.append((f"`{spec.name}`", spec.description, "; ".join(triggers), "; ".join(grants), size))
    routes = [
        (f"`{route.method} {route.path}`", f"`{spec.name}`", route.auth, ", ".join(route.scopes), route.limit.name)
        for spec in specs
        for route in spec.routes
    ]
    return _page(
        "Wiring",
        "What calls each room and what it may touch. Both homes are built from the same `functions/*/spec.py`.",
        _table(("Room", "What it does", "Called by", "May", "Size"), rows),
        "## Routes",
        _table(("Route", "Room", "Key", "Scopes", "Limit"), sorted(routes, key=lambda row: row[0].split()[1])),
    )


def messages() -> str:
    parts = []
    for message in EVENTS:
        fields = [(f"`{f.name}`", _type(f.type), "yes" if f.required else "no") for f in msgspec.structs.fields(message)]
        parts += [f"## {message.__name__}", inspect.getdoc(message) or "", _table(("Field", "Type", "Required"), fields)]
    return _page("Messages", "What travels between rooms, on the bus and in inboxes (`cdp/events`).", *parts)


def settings(specs: Sequence[FunctionSpec]) -> str:
    fields: dict[tuple[str, str, str], list[str]] = {}
    for spec in specs:
        for field in dataclasses.fields(spec.settings):
            default = "" if field.default is dataclasses.MISSING else f"`{field.default}`"
            fields.setdefault((field.name.upper(), str(field.type), default), []).append(f"`{spec.name}`")
    rows = [(f"`{name}`", kind, default, ", ".join(users)) for (name, kind, default), users in sorted(fields.items())]
    return _page(
        "Settings",
        "Environment variables of the rooms. Those without a default are set by the home: `infra/aws/values.py` or "
        "`infra/embedded/values.py`. What a resource's value looks like stands in `cdp/connect.py`.",
        _table(("Variable", "Type", "Default", "Rooms"), rows),
    )


def tables() -> str:
    parts = []
    for table in TABLES:
        rows = [(str(c.id), f"`{c.name}`", c.kind, "yes" if c.required else "no", c.doc) for c in table.columns]
        parts += [
            f"## {table.name}",
            f"Sorted by {', '.join(f'`{name}`' for name in table.sort)} within a month; key `{table.key}`.",
            _table(("Id", "Column", "Type", "Always", "Meaning"), rows),
        ]
    return _page("Lake tables", "The Iceberg tables of an account (`cdp/lake/tables.py`); all times are UTC.", *parts)


def _type(kind: object) -> str:
    return str(getattr(kind, "__name__", kind)).replace("msgspec._core.Raw", "JSON").replace("Raw", "JSON").replace("|", "or")


def _page(title: str, *parts: str) -> str:
    return "\n\n".join([f"# {title}", _NOTE, *parts]) + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def main(arguments: Sequence[str]) -> int:
    stale = [name for name, text in pages().items() if _current(DOCS / name) != text]
    if "--check" in arguments:
        for name in stale:
            print(f"docs/{name} is not current: run `make docs`", file=sys.stderr)
        return 1 if stale else 0
    for name in stale:
        (DOCS / name).write_text(pages()[name])
    return 0


def _current(path: Path) -> str:
    return path.read_text() if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
