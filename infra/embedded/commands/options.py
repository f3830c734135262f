"""What several commands take or say in the same way."""

from __future__ import annotations

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
