from __future__ import annotations

from typing import Annotated

import typer

from infra.embedded.commands.options import Data, data_directory, fail, messages


def up(
    data: Data,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8080,
    allow_loopback: Annotated[
        bool,
        typer.Option("--allow-loopback", help="Let webhooks and fetch reach http on 127.0.0.1 (for tests)."),
    ] = False,
) -> None:
    """Run the platform on this machine until Ctrl-C. Ready when GET /health answers 200."""
    from infra.embedded import logs, server

    logs.configure()
    if allow_loopback:
        messages.print(
            "Warning: webhooks and fetch may reach http on 127.0.0.1. Use this for tests only.",
            style="yellow",
        )
    messages.print(f"Regulars listens on http://{host}:{port}, data in {data}", markup=False, highlight=False)
    try:
        server.run(data_directory(data), host, port, allow_loopback=allow_loopback)
    except server.InUse as error:
        fail(str(error))
