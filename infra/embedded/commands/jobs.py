from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from infra.embedded.commands.options import Data, data_directory, fail, messages, utc

if TYPE_CHECKING:
    from cdp.ports import Queue

app = typer.Typer(help="Jobs, inboxes and dead letters.", no_args_is_help=True)

_SHOWN_CHARS = 120


@app.command()
def run(
    name: Annotated[str, typer.Argument(help="A job of a schedule, such as compact; see `jobs list`.")],
    data: Data,
    as_of: Annotated[
        str | None, typer.Option(help="Reckon from this time (RFC 3339) instead of now.")
    ] = None,
    account: Annotated[str | None, typer.Option(help="Only for this account.")] = None,
) -> None:
    """Run a scheduled job now and wait for its end. Works whether or not the platform is running."""
    from cdp.events.scheduled import Scheduled
    from infra.embedded import logs, once

    logs.configure()
    folder = data_directory(data)
    try:
        when = datetime.now(UTC).isoformat() if as_of is None else utc(as_of)
        once.run_job(folder, Scheduled(name, as_of=when, account_id=account))
    except once.JobFailed as error:
        fail(str(error))
    messages.print(f"{name} is done.", markup=False)


@app.command("list")
def list_(data: Data) -> None:
    """Jobs with their schedules, and every inbox with what waits in it."""
    from infra.specs import rooms

    folder = data_directory(data)
    table = Table("room", "job", "schedule (UTC)", "waiting", "dead letters")
    for spec in rooms():
        if spec.inbox is None:
            continue
        queue = _queue(folder, spec.name)
        counts = (f"{queue.depth():,}", f"{len(queue.dead_letters(10_000)):,}")
        table.add_row(spec.name, "", "", *counts)
        for schedule in spec.schedules:
            table.add_row("", schedule.name, schedule.cron or schedule.rate)
    Console().print(table)


@app.command()
def dead(
    data: Data,
    room: Annotated[str | None, typer.Option(help="Only of this room's inbox.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many of each inbox.")] = 100,
    full: Annotated[
        bool, typer.Option("--full", help="Show whole messages, one JSON object a line.")
    ] = False,
) -> None:
    """Messages that were set aside, with the reason."""
    import json

    table = Table("room", "id", "set aside (UTC)", "attempts", "reason", "message")
    for name in _rooms(room):
        for letter in _queue(data_directory(data), name).dead_letters(limit):
            if full:
                row = {"room": name, "id": letter.id, "reason": letter.reason, "message": letter.body}
                typer.echo(json.dumps(row))
            at = f"{letter.set_aside_at:%Y-%m-%d %H:%M:%S}"
            table.add_row(name, letter.id, at, str(letter.attempt), letter.reason, letter.body[:_SHOWN_CHARS])
    if not full:
        Console().print(table)


@app.command()
def replay(
    data: Data,
    room: Annotated[str | None, typer.Option(help="Only of this room's inbox.")] = None,
    ids: Annotated[list[str] | None, typer.Argument(help="Only these ids (needs --room); else all.")] = None,
) -> None:
    """Put dead letters back into their inbox."""
    if ids and room is None:
        fail("ids are those of one inbox: give --room too")
    for name in _rooms(room):
        count = _queue(data_directory(data), name).replay(ids or None)
        if count or room:
            messages.print(f"{name}: {count} put back", markup=False)


@app.command()
def drop(
    data: Data,
    room: Annotated[str, typer.Option(help="Of this room's inbox.")],
    ids: Annotated[list[str], typer.Argument(help="The ids that `dead` shows.")],
) -> None:
    """Remove dead letters for good."""
    for name in _rooms(room):
        messages.print(f"{name}: {_queue(data_directory(data), name).drop(ids)} removed", markup=False)


def _rooms(room: str | None) -> list[str]:
    from infra.specs import rooms

    names = [spec.name for spec in rooms() if spec.inbox]
    if room is not None and room not in names:
        fail(f"no room {room!r} with an inbox; there are: {', '.join(names)}")
    return names if room is None else [room]


def _queue(data: Path, room: str) -> Queue:
    from cdp import connect
    from infra.embedded import values

    return connect.queue(values.queue(data, room))

