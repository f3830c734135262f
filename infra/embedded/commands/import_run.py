"""`regulars import` at work, and what it tells meanwhile. Other commands do without what it stands on."""

from __future__ import annotations

from pathlib import Path

import typer
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from infra.embedded.commands.import_options import Asked
from infra.embedded.commands.options import fail, messages
from infra.embedded.importing.checkpoint import Checkpoint
from infra.embedded.importing.mapping import BadMapping, ColumnMapping
from infra.embedded.importing.run import Import, Progress
from infra.embedded.importing.sending import OutOfReach, Refused
from infra.embedded.importing.sending import Sender as Sender
from infra.embedded.importing.sources import Unreadable

INTERRUPTED, SOME_REJECTED = 130, 2


def run(asked: Asked, sender: Sender, rejects: Path, state: Path) -> None:
    """Until the file's end; the command ends here if it cannot go on or rows were rejected."""
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
