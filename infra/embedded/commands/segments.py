from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from infra.embedded.commands.options import Data, data_directory, fail, messages, utc

if TYPE_CHECKING:
    from cdp.documents.segments import Segment
    from cdp.ports import Table

app = typer.Typer(help="Segments and their members.", no_args_is_help=True)


@app.callback()
def segments() -> None:
    """Segments and their members."""


@app.command()
def evaluate(
    data: Data,
    account: Annotated[str | None, typer.Option(help="Only of this account.")] = None,
    segment: Annotated[str | None, typer.Option(help="Only this segment.")] = None,
    as_of: Annotated[
        str | None, typer.Option(help="Reckon from this time (RFC 3339) instead of now.")
    ] = None,
) -> None:
    """Pass over all segments now and wait for the end. Works whether or not the platform is running."""
    from cdp import connect
    from infra.embedded import logs, values

    logs.configure()
    folder = data_directory(data)
    when = datetime.now(UTC).isoformat() if as_of is None else utc(as_of)
    table = connect.table(values.table(folder))
    chosen = _chosen(folder, table, account, segment)
    if not chosen:
        fail("there is no such segment" if segment or account else "there are no segments")
    started = time.monotonic()
    _run(folder, table, chosen, when)
    messages.print(f"{len(chosen):,} segments in {time.monotonic() - started:.1f} s", markup=False)


def _chosen(data: Path, table: Table, account: str | None, segment: str | None) -> list[tuple[str, Segment]]:
    """(account id, segment), groups before the segments that depend on them."""
    from cdp.documents import segments

    accounts = [account] if account else _accounts(data)
    return [
        (account_id, one)
        for account_id in accounts
        for one in segments.in_order(segments.all_of(table, account_id))
        if one.is_active and segment in (None, one.id)
    ]


def _accounts(data: Path) -> list[str]:
    from cdp import connect
    from infra.embedded import values

    return connect.lake(values.lake(data)).accounts()


def _run(data: Path, table: Table, chosen: list[tuple[str, Segment]], as_of: str) -> None:
    from cdp.documents import memberships
    from cdp.events import SegmentDue
    from infra.embedded import once

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=messages) as bar:
        task = bar.add_task("segments", total=len(chosen))
        for account_id, segment in chosen:
            bar.update(task, description=segment.name[:40])
            try:
                once.deliver(data, "audiences", SegmentDue(account_id, segment.id, as_of))
            except once.JobFailed as error:
                fail(str(error))
            members = memberships.count(table, account_id, segment.id)
            bar.console.print(
                f"{account_id} {segment.id} {segment.name}: {members:,} members", markup=False, highlight=False
            )
            bar.advance(task)
