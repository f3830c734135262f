"""What `regulars fn` prints."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

Json = dict[str, Any]
_RESULT_CHARS = 2000
_WIDTH = 10_000


def say(text: str) -> None:
    typer.echo(text)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """No wider than its words, and never narrower: what reads it may be a program."""
    shown = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        shown.add_row(*("" if one is None else str(one) for one in row))
    Console(markup=False, highlight=False, emoji=False, width=_WIDTH).print(shown)


def functions(found: Iterable[Json], metrics: dict[str, str]) -> None:
    columns = ("id", "name", "runtime", "status", "live", "newest", "metric", "updated")
    table(columns, (_function(one["id"], one["attributes"], metrics) for one in found))


def _function(id_: str, one: Json, metrics: dict[str, str]) -> Sequence[object]:
    metric_id = one["trigger"]["metric_id"]
    return (
        id_, one["name"], one["runtime"], one["status"], one["live_version"], one["newest_version"],
        metrics.get(metric_id, metric_id), one["updated"],
    )  # fmt: skip


def versions(found: Iterable[Json], published: Iterable[Json]) -> None:
    """With the last publication of each."""
    last: dict[int, Json] = {}
    for one in published:  # the last first
        last.setdefault(one["attributes"]["version"], one["attributes"])
    rows = []
    for one in (version["attributes"] for version in found):
        told = last.get(one["version"], {})
        live = "live" if one["live"] else ""
        rows.append((one["version"], live, one["created"], one["size"], told.get("action"), told.get("at")))
    table(("version", "", "made", "bytes", "last", "at"), rows)


def trial(one: Json) -> None:
    """What became of a call."""
    say(f"{one['status']} in {one['duration_ms']:.1f} ms")
    if one["failure"]:
        say(f"{one['failure']['kind']}: {one['failure']['message']}")
        if one["failure"]["where"]:
            say(one["failure"]["where"].rstrip())
    for line in one["logs"]:
        say(f"  {line['at_ms']:>6} ms  {line['level']:<7}  {line['text'].rstrip()}")
    for asked in one["fetched"]:
        came = asked["status"] or asked["failure"]
        say(f"  {asked['method']} {asked['url']} -> {came} ({asked['duration_ms']:.0f} ms)")
    if one["status"] == "ok":
        say(f"result: {_short(one['result'])}")


def logs(runs: Iterable[Json]) -> None:
    """Newest first, each with what it said."""
    for run in runs:
        one = run["attributes"]
        attempt = f"  attempt {one['attempt']}" if one["attempt"] > 1 else ""
        say(f"{one['at']}  {one['status']:<9}  {one['duration_ms']:.1f} ms  version {one['version']}  event {one['event_id']}{attempt}")
        if one["failure"]:
            say(f"    {one['failure']['kind']}: {one['failure']['message']}")
        for line in one["logs"]:
            say(f"    {line['level']:<7}  {line['text'].rstrip()}")
        if one["status"] == "ok" and one["result"] is not None:
            say(f"    result: {_short(one['result'])}")


def letters(found: Iterable[Json]) -> None:
    rows = []
    for one in found:
        failure = one["attributes"]["failure"] or {}
        why = f"{failure.get('kind', '')}: {failure.get('message', '')}" if failure else ""
        rows.append((one["id"], one["attributes"]["at"], one["attributes"]["status"], one["attributes"]["attempts"], why[:120]))
    table(("event", "at", "status", "attempts", "failure"), rows)


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _RESULT_CHARS else f"{text[:_RESULT_CHARS]}… ({len(text):,} characters)"
