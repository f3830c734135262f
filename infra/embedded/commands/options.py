"""What several commands take or say in the same way."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from infra.embedded import values

Data = Annotated[Path, typer.Option(help="Data directory; made if it does not exist.", show_default=False)]

messages = Console(stderr=True)


def data_directory(path: Path) -> Path:
    """The data directory, or the end of the command with a reason."""
    try:
        return values.directory(path)
    except (OSError, ValueError) as error:
        fail(str(error))


def fail(reason: str, code: int = 1) -> NoReturn:
    """End the command with a reason on standard error."""
    messages.print(reason, style="red", markup=False, highlight=False)
    raise typer.Exit(code)


def utc(text: str) -> str:
    """A time given by a person, as RFC 3339 in UTC; without a zone it is UTC."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        fail(f"{text!r} is not a time like 1998-07-01 or 1998-07-01T00:00:00Z")
    return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC).isoformat()
