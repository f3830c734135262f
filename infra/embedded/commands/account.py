from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Annotated

import typer

from infra.embedded.commands.options import Data, data_directory, fail

app = typer.Typer(help="Accounts and their keys.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Accounts and their keys."""


@app.command()
def create(
    data: Data,
    name: Annotated[str, typer.Option(help="The shop's name.")],
    timezone: Annotated[str, typer.Option(help="IANA time zone, such as America/New_York.")] = "UTC",
    currency: Annotated[str, typer.Option(help="ISO 4217 code, such as USD.")] = "USD",
) -> None:
    """Make an account with a private key for everything; prints both as JSON. The key is shown only now."""
    from cdp import connect
    from cdp.documents import accounts
    from cdp.errors import CdpError
    from infra.embedded import values

    table = connect.table(values.table(data_directory(data)))
    try:
        account, private_key = accounts.create(table, name=name, timezone=timezone, currency=currency)
    except CdpError as error:
        fail(str(error))
    typer.echo(json.dumps({"account_id": account.id, "private_key": private_key, "public_key": account.id}))


@app.command()
def plan(
    data: Data,
    account: Annotated[str, typer.Option(help="The account's id.")],
    add: Annotated[list[str] | None, typer.Option("--with", help="Add-on to grant; may be repeated.")] = None,
    without: Annotated[list[str] | None, typer.Option(help="Add-on to take away; may be repeated.")] = None,
    most: Annotated[list[str] | None, typer.Option("--max", help="Maximum of a meter, as events=1000000; may be repeated.")] = None,
) -> None:
    """Show an account's plan as JSON, after changing it. Add-ons: marketing_analytics, cdp."""
    import msgspec

    from cdp import connect
    from cdp.documents import accounts, plans
    from cdp.errors import Rejected
    from infra.embedded import values

    table = connect.table(values.table(data_directory(data)))
    if not accounts.exists(table, account):
        fail(f"There is no account {account}.")
    held = plans.get(table, account)
    if add or without or most:
        features = dict.fromkeys([*held.features, *(add or ())])
        if unknown := [name for name in without or () if name not in plans.ADD_ONS]:
            fail(f"{', '.join(unknown)} is no add-on; there are {', '.join(plans.ADD_ONS)}.")
        kept = tuple(name for name in features if name not in (without or ()))
        held = msgspec.structs.replace(held, features=kept, maxima=held.maxima | _maxima(most or ()))
        try:
            plans.save(table, account, held)
        except Rejected as error:
            fail(str(error))
    typer.echo(json.dumps({"account_id": account, "features": held.features, "maxima": held.maxima}))


def _maxima(given: Iterable[str]) -> dict[str, int]:
    """`name=number`, several of them."""
    found = {}
    for text in given:
        name, _, number = text.partition("=")
        if not number.isdecimal():
            fail(f"{text} is no maximum; write it as events=1000000.")
        found[name] = int(number)
    return found
