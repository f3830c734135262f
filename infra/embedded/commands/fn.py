"""`regulars fn`: customers' functions over the API, from folders and files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer

from infra.embedded.commands.import_options import Key, Url
from infra.embedded.commands.options import fail

if TYPE_CHECKING:
    from infra.embedded.commands.fn_calls import Api
    from infra.embedded.commands.fn_sources import Source

NOT_OK = 2
TYPE = "function"
app = typer.Typer(help="Functions: your own code, run when something happens.", no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(help="Folder with function.toml and the code, or a file of code.", exists=True)]
Function = Annotated[str, typer.Argument(help="Name or id of the function.", show_default=False)]
Name = Annotated[str | None, typer.Option(help="Name; else function.toml's, or the folder's.")]
Metric = Annotated[str | None, typer.Option(help="Metric whose events start it: its name or id; else function.toml's.")]
Env = Annotated[list[str] | None, typer.Option("--env", help="NAME=VALUE for its environment; NAME alone removes. Repeat.")]
EnvFile = Annotated[Path | None, typer.Option(help="File with NAME=VALUE lines.", exists=True, dir_okay=False)]
Live = Annotated[bool, typer.Option("--live", help="Publish it at once.")]
VersionOption = Annotated[int | None, typer.Option("--version", help="Number of the version.", min=1)]
Status = Annotated[str | None, typer.Option(help="Only runs with this status: ok, failed, timeout, crashed …")]
Most = Annotated[int, typer.Option("--last", help="How many.", min=1, max=1000)]


@app.callback()
def functions() -> None:
    """Functions: your own code, run when something happens."""


@contextmanager
def _api(url: str, key: str) -> Iterator[Api]:
    """The platform; the command ends with a reason when something cannot be done."""
    from infra.embedded.commands.fn_calls import Api, Refused
    from infra.embedded.commands.fn_sources import BadSource

    try:
        yield Api(url, key)
    except (Refused, BadSource) as error:
        fail(str(error))


@app.command("list")
def list_(url: Url, key: Key) -> None:
    """Show all functions."""
    from infra.embedded.commands import fn_tables

    with _api(url, key) as api:
        metrics = {one["id"]: one["attributes"]["name"] for one in api.listed("/api/metrics")}
        fn_tables.functions(api.listed("/api/functions?sort=name&page[size]=100"), metrics)


@app.command()
def create(
    folder: Folder, url: Url, key: Key, name: Name = None, metric: Metric = None, env: Env = None,
    env_file: EnvFile = None, live: Live = False,
) -> None:  # fmt: skip
    """Make a function of a folder or a file. It is a draft until it is published."""
    from infra.embedded.commands import fn_sources
    from infra.embedded.commands.fn_calls import FUNCTIONS

    with _api(url, key) as api:
        source = fn_sources.read(folder)
        wanted = metric or source.metric
        if wanted is None:
            raise fn_sources.BadSource("say which metric starts it: --metric 'Placed Order'")
        given = {
            **source.attributes(),
            "name": name or source.name,
            "trigger": _trigger(api, wanted, source),
            "environment": fn_sources.pairs(env or (), env_file),
            "status": "live" if live else "draft",
        }
        _tell(api.send("POST", FUNCTIONS, TYPE, given))


@app.command()
def update(
    function: Function, folder: Folder, url: Url, key: Key, name: Name = None, metric: Metric = None, env: Env = None,
    env_file: EnvFile = None, live: Live = False,
) -> None:  # fmt: skip
    """Give a function the code and the settings of a folder or file: a new version, if the code has changed."""
    from infra.embedded.commands import fn_sources

    with _api(url, key) as api:
        source, id_ = fn_sources.read(folder), api.function(function)["id"]
        wanted = metric or source.metric
        given = {**source.attributes(), "environment": fn_sources.pairs(env or (), env_file)}
        given |= {} if wanted is None else {"trigger": _trigger(api, wanted, source)}
        given |= {} if name is None else {"name": name}
        given |= {"status": "live"} if live else {}
        _tell(api.send("PATCH", f"/api/functions/{id_}", TYPE, given, id_))


@app.command("test")
def try_out(
    function: Function, url: Url, key: Key,
    event_id: Annotated[str | None, typer.Option(help="A stored event.")] = None,
    payload: Annotated[Path | None, typer.Option(help="JSON file with an event.", exists=True, dir_okay=False)] = None,
    latest: Annotated[bool, typer.Option("--latest", help="The latest stored event of its metric.")] = False,
    recorded: Annotated[Path | None, typer.Option(help="JSON file: answers by 'METHOD url'.", exists=True)] = None,
    code: Annotated[Path | None, typer.Option(help="Try this code instead of a stored version.", exists=True)] = None,
    version: VersionOption = None,
) -> None:  # fmt: skip
    """Run a function in the sandbox with an event and without effect: nothing leaves it. Ends with 2 if the run fails."""
    from infra.embedded.commands import fn_sources, fn_tables

    with _api(url, key) as api:
        id_ = api.function(function)["id"]
        given: dict[str, Any] = {}
        if latest:
            events = api.ask("GET", f"/api/functions/{id_}/test-events")["data"]
            if not events:
                raise fn_sources.BadSource("its metric has no event yet; give one with --payload")
            event_id = events[0]["id"]
        if event_id is not None:
            given["event_id"] = event_id
        if payload is not None:
            given["payload"] = fn_sources.document(payload)
        if recorded is not None:
            given["recorded"] = fn_sources.document(recorded)
        if code is not None:
            given["code"] = fn_sources.text(code)
        if version is not None:
            given["version"] = version
        shown = api.send("POST", f"/api/functions/{id_}/test", "function-test", given)["attributes"]
    fn_tables.trial(shown)
    if shown["status"] != "ok":
        raise typer.Exit(NOT_OK)


@app.command()
def publish(function: Function, url: Url, key: Key, version: VersionOption = None) -> None:
    """Make the newest version live, or the given one."""
    _move(function, url, key, "publish", version)


@app.command()
def rollback(function: Function, url: Url, key: Key, version: VersionOption = None) -> None:
    """Go back to the version that was live before, or to the given one."""
    _move(function, url, key, "rollback", version)


@app.command()
def versions(function: Function, url: Url, key: Key, last: Most = 20) -> None:
    """Show the versions, the newest first, and since when one was live."""
    from infra.embedded.commands import fn_tables

    with _api(url, key) as api:
        path, size = f"/api/functions/{api.function(function)['id']}", f"page[size]={min(last, 100)}"
        published = list(api.listed(f"{path}/publications?page[size]=100"))
        fn_tables.versions(api.listed(f"{path}/versions?{size}", last), published)


@app.command()
def stop(function: Function, url: Url, key: Key) -> None:
    """Let no version be live any more."""
    with _api(url, key) as api:
        id_ = api.function(function)["id"]
        _tell(api.send("PATCH", f"/api/functions/{id_}", TYPE, {"status": "draft"}, id_))


@app.command()
def delete(function: Function, url: Url, key: Key) -> None:
    """Delete a function with all its versions, logs and dead letters."""
    with _api(url, key) as api:
        found = api.function(function)
        api.ask("DELETE", f"/api/functions/{found['id']}")
        typer.echo(f"{found['id']} {found['attributes']['name']}: deleted")


@app.command()
def logs(function: Function, url: Url, key: Key, status: Status = None, last: Most = 20) -> None:
    """Show the latest runs, the newest first."""
    from infra.embedded.commands import fn_tables

    with _api(url, key) as api:
        query = "" if status is None else f"&filter=equals(status,'{status}')"
        path = f"/api/functions/{api.function(function)['id']}/function-logs?page[size]={min(last, 100)}{query}"
        fn_tables.logs(api.listed(path, last))


@app.command()
def letters(function: Function, url: Url, key: Key, last: Most = 20) -> None:
    """Show the dead letters: events that the function could not be done with, the newest first."""
    from infra.embedded.commands import fn_tables

    with _api(url, key) as api:
        path = f"/api/functions/{api.function(function)['id']}/dead-letters?page[size]={min(last, 100)}"
        fn_tables.letters(api.listed(path, last))


@app.command()
def replay(
    function: Function, url: Url, key: Key,
    event: Annotated[list[str] | None, typer.Option("--event", help="Only this event's dead letter; may be repeated.")] = None,
) -> None:  # fmt: skip
    """Hand the dead letters to the live version once more."""
    with _api(url, key) as api:
        path, count, more = f"/api/functions/{api.function(function)['id']}", 0, True
        newest = _letter_at(api, path, "-at")
        while more:
            wanted = {"ids": event} if event else {}
            done = api.send("POST", f"{path}/replay", "function-replay", wanted)["attributes"]
            count += done["replayed"]
            # What failed again meanwhile stands behind them.
            more = done["more"] and done["replayed"] > 0 and _letter_at(api, path, "at") <= newest
        typer.echo(f"{_counted(count)} replayed")


@app.command()
def drop(
    function: Function, url: Url, key: Key,
    event: Annotated[list[str] | None, typer.Option("--event", help="Only this event's dead letter; may be repeated.")] = None,
) -> None:  # fmt: skip
    """Throw the dead letters away."""
    if not all(event or ()):
        fail("--event needs the id of an event; without it all dead letters go")
    with _api(url, key) as api:
        path, count, more = f"/api/functions/{api.function(function)['id']}/dead-letters", 0, not event
        for one in event or ():
            api.ask("DELETE", f"{path}/{quote(one, safe='')}")
            count += 1
        while more:
            done = api.ask("DELETE", path)["data"]["attributes"]
            count, more = count + done["dropped"], done["more"]
        typer.echo(f"{_counted(count)} dropped")


def _letter_at(api: Api, path: str, sort: str) -> str:
    """When the first dead letter in this order was given up; "" if there is none."""
    found = api.listed(f"{path}/dead-letters?sort={sort}&page[size]=1", 1)
    return next((str(one["attributes"]["at"]) for one in found), "")


def _counted(count: int) -> str:
    return f"{count:,} dead letter{'' if count == 1 else 's'}"


def _move(function: str, url: str, key: str, how: str, version: int | None) -> None:
    with _api(url, key) as api:
        id_ = api.function(function)["id"]
        given = {} if version is None else {"version": version}
        _tell(api.send("POST", f"/api/functions/{id_}/{how}", TYPE, given))


def _trigger(api: Api, metric: str, source: Source) -> dict[str, Any]:
    return {"metric_id": api.metric_id(metric), "filters": source.settings.get("filters", [])}


def _tell(function: dict[str, Any]) -> None:
    one = function["attributes"]
    live = f"version {one['live_version']} is live" if one["live_version"] else "no version is live"
    typer.echo(f"{function['id']} {one['name']}: newest is version {one['newest_version']}, {live}")
