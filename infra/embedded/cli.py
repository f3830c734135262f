"""The command line. One file a command group in infra/embedded/commands/."""

from __future__ import annotations

import typer

from infra.embedded.commands import account, fn, importing, jobs, segments, up

app = typer.Typer(
    name="regulars",
    help="An open customer data platform on your own machine.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="rich",
)
app.command("up")(up.up)
app.command("import")(importing.import_file)
app.add_typer(account.app, name="account")
app.add_typer(fn.app, name="fn")
app.add_typer(jobs.app, name="jobs")
app.add_typer(segments.app, name="segments")


def main() -> None:
    """Entry point of `regulars`."""
    app()


if __name__ == "__main__":
    main()
