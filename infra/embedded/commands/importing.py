from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.embedded.commands.options import fail, messages

if TYPE_CHECKING:
    from infra.embedded.importing.mapping import ColumnMapping
    from infra.embedded.importing.run import Import, Progress
    from infra.embedded.importing.sending import Sender
    from infra.embedded.importing.sources import Source

STATE = Path("~/.local/state/regulars/imports")
INTERRUPTED, SOME_REJECTED = 130, 2

_SHORTCUTS = ("time", "value", "unique_id")


def import_file(
    file: Annotated[
        Path, typer.Argument(help="CSV, NDJSON or Parquet; .gz too for text.", exists=True, dir_okay=False)
    ],
    url: Annotated[str, typer.Option(help="Address of the platform, such as http://127.0.0.1:8080.")],
    key: Annotated[str, typer.Option(help="Private key of the account.", envvar="REGULARS_KEY")],
    metric: Annotated[str | None, typer.Option(help="Metric of all rows, such as 'Placed Order'.")] = None,
    map_: Annotated[
        list[str] | None, typer.Option("--map", help="FIELD=COLUMN, such as email=E-Mail; repeat as needed.")
    ] = None,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="FIELD=VALUE for all rows, such as currency=EUR.")
    ] = None,
    time: Annotated[
        str | None, typer.Option(help="Column with the time: short for --map time=COLUMN.")
    ] = None,
    value: Annotated[
        str | None, typer.Option(help="Column with the amount: short for --map value=COLUMN.")
    ] = None,
    unique_id: Annotated[
        str | None,
        typer.Option("--id", help="Column that names a row once and for all; else its content does."),
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option(help="TOML or JSON file with these options.", exists=True)
    ] = None,
    only_mapped: Annotated[
        bool, typer.Option("--only-mapped", help="Leave out columns that are not mapped.")
    ] = False,
    format_: Annotated[
        str | None, typer.Option("--format", help="csv, ndjson or parquet, if the name does not tell.")
    ] = None,
    delimiter: Annotated[
        str | None, typer.Option(help="A character, or tab, semicolon, pipe, whitespace.")
    ] = None,
    columns: Annotated[
        str | None, typer.Option(help="Names of the columns, comma-separated, if there is no header.")
    ] = None,
    skip: Annotated[int, typer.Option(help="Lines to pass over first.", min=0)] = 0,
    time_format: Annotated[
        str | None, typer.Option(help="As of strptime, such as %d.%m.%Y; else ISO 8601 or epoch.")
    ] = None,
    timezone: Annotated[
        str | None, typer.Option(help="Zone of times without one; else the account's.")
    ] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Let the events trigger reactions; else they are history.")
    ] = False,
    rejects: Annotated[
        Path | None, typer.Option(help="Where rejected rows go; else FILE.rejects.ndjson here.")
    ] = None,
    state: Annotated[
        Path, typer.Option(help="Folder of checkpoints, from which an interrupted import resumes.")
    ] = STATE,
) -> None:
    """Import rows of a file as events. Repeat the command after an interruption: it goes on; nothing counts twice.

    Ends with 0 when all rows were accepted, 2 when some were rejected, 1 when it could not go on.
    """
    from infra.embedded.importing.checkpoint import Checkpoint
    from infra.embedded.importing.mapping import BadMapping
    from infra.embedded.importing.run import Import
    from infra.embedded.importing.sending import OutOfReach, Refused, Sender
    from infra.embedded.importing.sources import Source, Unreadable

    sender = Sender(url, key, backfill=not live)
    try:
        asked = _asked(mapping, map_, set_, metric, {"time": time, "value": value, "unique_id": unique_id})
        options = {
            "format_": format_,
            "delimiter": delimiter,
            "skip": skip or None,
            "columns": _list(columns),
        }
        source = Source.of(file, **(asked["source"] | {k: v for k, v in options.items() if v}))
        zone = timezone or asked["timezone"]
        column_mapping = _column_mapping(source, asked, sender, zone, time_format, only_mapped)
        account_id = str(sender.account()["id"])
        checkpoint = Checkpoint.load(state.expanduser(), source, column_mapping, account_id)
        rejects = rejects or Path(f"{file.name}.rejects.ndjson")
        _say(column_mapping, checkpoint.rows)
        progress = run_with_bar(Import(source, column_mapping, sender, checkpoint, rejects))
    except KeyboardInterrupt:
        fail("interrupted; the same command goes on from here", INTERRUPTED)
    except OutOfReach as error:
        fail(f"{error}\nThe same command goes on from here.")
    except (BadMapping, Refused, Unreadable, OSError, ValueError) as error:
        fail(str(error))
    finally:
        sender.close()
    typer.echo(summary(progress, rejects))
    if progress.rejected:
        raise typer.Exit(SOME_REJECTED)


def summary(progress: Progress, rejects: Path) -> str:
    """One line for people."""
    parts = [f"{progress.rows:,} rows", f"{progress.sent:,} sent"]
    if progress.skipped:
        parts.append(f"{progress.skipped:,} settled before")
    if progress.repeated:
        parts.append(f"{progress.repeated:,} repeated")
    parts.append(f"{progress.rejected:,} rejected" + (f" (see {rejects})" if progress.rejected else ""))
    return f"{', '.join(parts)} in {progress.elapsed_s:.1f} s ({progress.per_second:,.0f} rows/s)"


def _asked(
    file: Path | None,
    map_: Sequence[str] | None,
    set_: Sequence[str] | None,
    metric: str | None,
    shortcuts: Mapping[str, str | None],
) -> dict[str, Any]:
    """Options of the mapping file, overridden by those of the command line."""
    stored = _load(file) if file else {}
    columns = dict(stored.get("map", {})) | _pairs("--map", map_)
    columns |= {name: column for name, column in shortcuts.items() if column}
    constants = {k: str(v) for k, v in stored.get("set", {}).items()} | _pairs("--set", set_)
    if metric:
        constants["metric"] = metric
    source = {
        ("format_" if name == "format" else name): stored[name]
        for name in ("format", "delimiter", "columns", "skip")
        if name in stored
    }
    rest = {name: stored.get(name) for name in ("timezone", "time_format", "only_mapped")}
    return {"map": columns, "set": constants, "source": source, **rest}


def _load(file: Path) -> dict[str, Any]:
    import json
    import tomllib

    known = {"map", "set", "format", "delimiter", "columns", "skip", "timezone", "time_format", "only_mapped"}
    text = file.read_text()
    stored: dict[str, Any] = json.loads(text) if file.suffix == ".json" else tomllib.loads(text)
    if unknown := stored.keys() - known:
        fail(f"{file.name}: unknown {', '.join(sorted(unknown))}; known are {', '.join(sorted(known))}")
    return stored


def _pairs(option: str, given: Sequence[str] | None) -> dict[str, str]:
    pairs = {}
    for text in given or ():
        name, equals, value = text.partition("=")
        if not equals or not name or not value:
            fail(f"{option} wants FIELD=…, not {text!r}")
        pairs[name] = value
    return pairs


def _list(text: str | None) -> list[str]:
    return [name.strip() for name in text.split(",")] if text else []


def _column_mapping(
    source: Source,
    asked: Mapping[str, Any],
    sender: Sender,
    zone: str | None,
    time_format: str | None,
    only_mapped: bool,
) -> ColumnMapping:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    from infra.embedded.importing.mapping import BadMapping, ColumnMapping

    zone = zone or sender.account()["attributes"]["timezone"]
    try:
        zone_info = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise BadMapping(f"{zone!r} is not a time zone; use an IANA name like Europe/Paris") from error
    return ColumnMapping.of(
        source.names(),
        asked["map"],
        asked["set"],
        zone=zone_info,
        time_format=time_format or asked["time_format"],
        only_mapped=only_mapped or bool(asked["only_mapped"]),
    )


def _say(mapping: ColumnMapping, settled: int) -> None:
    said = [f"{name} ← {column}" for name, column in mapping.columns.items()]
    said += [f"{name} = {value}" for name, value in mapping.constants.items()]
    rest = "" if mapping.only_mapped else "; other columns become properties"
    messages.print(
        f"{', '.join(said)}{rest}; times without a zone are {mapping.zone}", markup=False, highlight=False
    )
    if settled:
        messages.print(f"going on after row {settled:,}", markup=False, highlight=False)


def run_with_bar(job: Import) -> Progress:
    """Run it under a progress bar."""
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    line = TextColumn("{task.fields[rows]:,} rows  {task.fields[speed]:,.0f} rows/s")
    with Bar(BarColumn(), TaskProgressColumn(), line, TimeRemainingColumn(), console=messages) as bar:
        task = bar.add_task("import", total=1.0, rows=job.checkpoint.rows, speed=0.0)
        job.tell = lambda p: bar.update(task, completed=p.done, rows=p.rows, speed=p.per_second)
        progress = job.run()
        bar.update(task, completed=1.0)
    return progress
