"""From a setting to an adapter: a locator's scheme picks the implementation.

    table    sqlite:///data/documents.db              dynamodb://table-name
    queue    sqlite:///data/queues.db#record          sqs+https://…/queue?dead=<url>&spill=<bucket>
    bus      sqlite:///data/queues.db                 eventbridge://bus-name?spill=<bucket>
    lake     file:///data/lake                        s3://bucket/prefix?database=<prefix>
    engine   duckdb:                                  athena://workgroup?database=<prefix>
    secrets  file:///data/secrets.json                secretsmanager://prefix
    limits   memory:                                  dynamodb://table-name
    runner   room:code_runner                         lambda://function-name
    post     file:///data/outbox                      ses://sender@domain, or none: no mail is sent

Drivers are imported when first needed. The same locator gives the same adapter within a process.
"""

from __future__ import annotations

from functools import cache
from urllib.parse import SplitResult, parse_qs, urlsplit

from cdp.ports import Bus, Engine, Lake, Limits, Outbound, Post, Queue, Runner, Secrets, Table


@cache
def table(locator: str) -> Table:
    at = urlsplit(locator)
    if at.scheme == "sqlite":
        from cdp.adapters.embedded.table import SqliteTable

        return SqliteTable(at.path)
    if at.scheme == "dynamodb":
        from cdp.adapters.aws.table import DynamoTable

        return DynamoTable(at.netloc)
    raise _unknown("table", at)


@cache
def queue(locator: str) -> Queue:
    at = urlsplit(locator)
    if at.scheme == "sqlite":
        from cdp.adapters.embedded.queue import SqliteQueue

        return SqliteQueue(at.path, at.fragment)
    if at.scheme in ("sqs+https", "sqs+http"):
        from cdp.adapters.aws.queue import SqsQueue

        options = _options(at)
        url = f"{at.scheme.removeprefix('sqs+')}://{at.netloc}{at.path}"
        return SqsQueue(url, dead_url=options["dead"], spill_bucket=options["spill"])
    raise _unknown("queue", at)


@cache
def bus(locator: str) -> Bus:
    at = urlsplit(locator)
    if at.scheme == "sqlite":
        from cdp.adapters.embedded.queue import SqliteBus

        return SqliteBus(at.path)
    if at.scheme == "eventbridge":
        from cdp.adapters.aws.bus import EventBridgeBus

        return EventBridgeBus(at.netloc, spill_bucket=_options(at).get("spill"))
    raise _unknown("bus", at)


@cache
def lake(locator: str) -> Lake:
    at = urlsplit(locator)
    if at.scheme == "file":
        from cdp.adapters.embedded.lake import local_lake

        return local_lake(at.path)
    if at.scheme == "s3":
        from cdp.adapters.aws.lake import glue_lake

        return glue_lake(f"s3://{at.netloc}{at.path}", database_prefix=_options(at)["database"])
    raise _unknown("lake", at)


@cache
def engine(locator: str, lake_locator: str) -> Engine:
    at = urlsplit(locator)
    if at.scheme == "duckdb":
        if urlsplit(lake_locator).scheme == "s3":
            from cdp.adapters.aws.engine import duckdb_on_s3

            return duckdb_on_s3(lake(lake_locator))
        from cdp.adapters.embedded.engine import local_duckdb

        return local_duckdb(lake(lake_locator))
    if at.scheme == "athena":
        from cdp.adapters.aws.engine import AthenaEngine

        return AthenaEngine(at.netloc, database_prefix=_options(at)["database"])
    raise _unknown("engine", at)


@cache
def secrets(locator: str) -> Secrets:
    at = urlsplit(locator)
    if at.scheme == "file":
        from cdp.adapters.embedded.secrets import FileSecrets

        return FileSecrets(at.path)
    if at.scheme == "secretsmanager":
        from cdp.adapters.aws.secrets import SecretsManager

        return SecretsManager(at.netloc)
    raise _unknown("secrets", at)


@cache
def limits(locator: str) -> Limits:
    at = urlsplit(locator)
    if at.scheme == "memory":
        from cdp.adapters.embedded.limits import MemoryLimits

        return MemoryLimits()
    if at.scheme == "dynamodb":
        from cdp.adapters.aws.limits import DynamoLimits

        return DynamoLimits(at.netloc)
    raise _unknown("limits", at)


@cache
def runner(locator: str) -> Runner:
    at = urlsplit(locator)
    if at.scheme == "room":
        from cdp.adapters.embedded.runner import RoomRunner

        return RoomRunner(at.path)
    if at.scheme == "lambda":
        from cdp.adapters.aws.runner import LambdaRunner

        return LambdaRunner(at.netloc)
    raise _unknown("runner", at)


@cache
def post(locator: str) -> Post:
    at = urlsplit(locator)
    if at.scheme == "file":
        from cdp.adapters.embedded.post import Outbox

        return Outbox(at.path)
    if at.scheme == "ses":
        from cdp.adapters.aws.post import SesPost

        return SesPost(f"{at.username}@{at.hostname}")
    if at.scheme == "none":
        from cdp.adapters.no_post import NoPost

        return NoPost()
    raise _unknown("post", at)


@cache
def outbound(*, allow_loopback: bool) -> Outbound:
    """The same in both homes. `allow_loopback`: http on 127.0.0.1 is allowed too, for tests."""
    from cdp.outbound.client import PolicedClient

    return PolicedClient(allow_loopback=allow_loopback)


def _options(at: SplitResult) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(at.query).items()}


def _unknown(port: str, at: SplitResult) -> ValueError:
    return ValueError(f"no {port} adapter for locator {at.geturl()!r}; see cdp/connect.py")
