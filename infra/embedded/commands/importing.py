from __future__ import annotations

from pathlib import Path

import typer
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from infra.embedded.commands import import_options as options
from infra.embedded.commands.import_options import STATE, Asked
from infra.embedded.commands.options import fail, messages
from infra.embedded.importing.checkpoint import Checkpoint
from infra.embedded.importing.mapping import BadMapping, ColumnMapping
from infra.embedded.importing.run import Import, Progress
from infra.embedded.importing.sending import OutOfReach, Refused, Sender
from infra.embedded.importing.sources import Unreadable

INTERRUPTED, SOME_REJECTED = 130, 2


def import_file(
    file: options.File,
    url: options.Url,
    key: options.Key,
    metric: options.Metric = None,
    map_: options.Map = None,
    set_: options.Set = None,
    time: options.Time = None,
    value: options.Value = None,
    unique_id: options.Id = None,
    mapping: options.MappingFile = None,
    only_mapped: options.OnlyMapped = False,
    format_: options.Format = None,
    delimiter: options.Delimiter = None,
    columns: options.Columns = None,
    skip: options.Skip = 0,
    time_format: options.TimeFormat = None,
    timezone: options.Timezone = None,
    live: options.Live = False,
    rejects: options.Rejects = None,
    state: options.State = STATE,
) -> None:
    """Import rows of a file as events. Repeat the command after an interruption: it goes on; nothing counts twice.

    Ends with 0 when all rows were accepted, 2 when some were rejected, 1 when it could not go on.
    """
    shortcuts = {"time": time, "value": value, "unique_id": unique_id}
    try:
        asked = Asked(
            file,
            columns=options.pairs("--map", map_)
            | {name: column for name, column in shortcuts.items() if column},
            constants=options.pairs("--set", set_) | ({"metric": metric} if metric else {}),
            source={
                "format_": format_,
                "delimiter": delimiter,
                "skip": skip,
                "columns": options.column_names(columns),
            },
            rest={"timezone": timezone, "time_format": time_format, "only_mapped": only_mapped},
            stored=options.mapping_file(mapping),
        )
    except ValueError as error:
        fail(str(error))
    _import(
        asked,
        Sender(url, key, backfill=not live),
        rejects or Path(f"{file.name}.rejects.ndjson"),
        state.expanduser(),
    )


def _import(asked: Asked, sender: Sender, rejects: Path, state: Path) -> None:
    try:
        source = asked.make_source()
        account = sender.account()
        mapping = asked.make_mapping(source, asked.zone_name() or account["attributes"]["timezone"])
        checkpoint = Checkpoint.load(state, source, mapping, account["id"])
        _say(mapping, checkpoint.rows)
        progress = run_with_bar(Import(source, mapping, sender, checkpoint, rejects))
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
    line = TextColumn("{task.fields[rows]:,} rows  {task.fields[speed]:,.0f} rows/s")
    with Bar(BarColumn(), TaskProgressColumn(), line, TimeRemainingColumn(), console=messages) as bar:
        task = bar.add_task("import", total=1.0, rows=job.checkpoint.rows, speed=0.0)
        job.tell = lambda p: bar.update(task, completed=p.done, rows=p.rows, speed=p.per_second)
        progress = job.run()
        bar.update(task, completed=1.0)
    return progress
