"""One fixture a port: each test runs against every adapter, on fresh resources.

The embedded adapters live in a temporary folder, the AWS ones on the emulator.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias

import pyarrow as pa
import pytest

from cdp import connect
from cdp.ports import INDEXES, Bus, Lake, Limits, Queue, Secrets, Table
from cdp.query.sql import Query

HOMES = ("embedded", "aws")


@pytest.fixture(params=HOMES, scope="module")
def home(request: pytest.FixtureRequest) -> str:
    """Which family of adapters the test runs against; "aws" has the emulator running."""
    chosen: str = request.param
    if chosen == "aws":
        request.getfixturevalue("emulator")
    return chosen


@pytest.fixture(scope="session")
def unique() -> Callable[[str], str]:
    """A resource name that nobody else has."""
    return lambda kind: f"{kind}-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def table(home: str, tmp_path: Path, unique: Callable[[str], str]) -> Table:
    if home == "embedded":
        return connect.table(f"sqlite://{tmp_path}/documents.db")
    name = unique("documents")
    make_dynamo_table(name)
    return connect.table(f"dynamodb://{name}")


def make_dynamo_table(name: str) -> None:
    """The table as infra/aws deploys it: pk and sk, four indexes of keys only, TTL on `ttl`."""
    from cdp.adapters.aws import clients
    from cdp.adapters.aws.table_keys import index_name

    attributes = ["pk", "sk", *(f"{g}{part}" for g in INDEXES for part in "ps")]
    clients.dynamodb().create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": a, "AttributeType": "S"} for a in attributes],
        KeySchema=_key_schema("pk", "sk"),
        GlobalSecondaryIndexes=[
            {
                "IndexName": index_name(g),
                "KeySchema": _key_schema(f"{g}p", f"{g}s"),
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
            for g in INDEXES
        ],
    )


def _key_schema(partition: str, sort: str) -> list:
    return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]


# ---------------------------------------------------------------- queues and the bus


@pytest.fixture
def queue(home: str, tmp_path: Path, unique: Callable[[str], str], request: pytest.FixtureRequest) -> Queue:
    if home == "embedded":
        return connect.queue(f"sqlite://{tmp_path}/queues.db#inbox")
    return connect.queue(make_sqs_locator(unique("inbox"), request.getfixturevalue("spill_bucket")))


@pytest.fixture(scope="session")
def spill_bucket(emulator: str) -> str:
    """Where large messages of all queues and buses go."""
    from cdp.adapters.aws import clients

    name = f"spill-{uuid.uuid4().hex[:12]}"
    clients.s3().create_bucket(Bucket=name)
    return name


def make_sqs_locator(name: str, bucket: str) -> str:
    """A queue and its dead letters, as infra/aws deploys them; the locator of the pair."""
    from cdp.adapters.aws import clients

    dead = clients.sqs().create_queue(QueueName=f"{name}-dead")["QueueUrl"]
    url = clients.sqs().create_queue(QueueName=name)["QueueUrl"]
    return f"sqs+{url}?dead={dead}&spill={bucket}"


class Wired(NamedTuple):
    """A bus with rules, and the inboxes that they name."""

    bus: Bus
    inboxes: Mapping[str, Queue]


Wire: TypeAlias = Callable[[Mapping[str, Sequence[str]]], Wired]


@pytest.fixture
def wire(home: str, tmp_path: Path, unique: Callable[[str], str], request: pytest.FixtureRequest) -> Wire:
    """Make a bus from rules: message class name -> inboxes that receive it."""
    if home == "aws":
        bucket = request.getfixturevalue("spill_bucket")
        return lambda rules: _wire_aws(rules, unique("bus"), bucket)

    def wire(rules: Mapping[str, Sequence[str]]) -> Wired:
        from cdp.adapters.embedded.queue import SqliteBus

        path = f"{tmp_path}/queues.db"
        bus = connect.bus(f"sqlite://{path}")
        assert isinstance(bus, SqliteBus)
        bus.set_rules(rules)
        return Wired(bus, {name: connect.queue(f"sqlite://{path}#{name}") for name in _inboxes(rules)})

    return wire


def _wire_aws(rules: Mapping[str, Sequence[str]], bus: str, bucket: str) -> Wired:
    """Bus, queues and rules as infra/aws deploys them: a rule hands on the bare detail."""
    from cdp.adapters.aws import clients

    clients.events().create_event_bus(Name=bus)
    locators = {name: make_sqs_locator(f"{bus}-{name}", bucket) for name in _inboxes(rules)}
    for message, inboxes in rules.items():
        rule = f"{bus}-{message}"
        pattern = {"source": ["regulars"], "detail-type": [message]}
        clients.events().put_rule(Name=rule, EventBusName=bus, EventPattern=json.dumps(pattern))
        targets = [
            {"Id": name, "Arn": _queue_arn(f"{bus}-{name}"), "InputPath": "$.detail"} for name in inboxes
        ]
        clients.events().put_targets(Rule=rule, EventBusName=bus, Targets=targets)
    inboxes = {name: connect.queue(locator) for name, locator in locators.items()}
    return Wired(connect.bus(f"eventbridge://{bus}?spill={bucket}"), inboxes)


def _inboxes(rules: Mapping[str, Sequence[str]]) -> set[str]:
    return {name for names in rules.values() for name in names}


def _queue_arn(name: str) -> str:
    from cdp.adapters.aws import clients

    url = clients.sqs().get_queue_url(QueueName=name)["QueueUrl"]
    return clients.sqs().get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]


# ---------------------------------------------------------------- the rest


@pytest.fixture
def secrets(home: str, tmp_path: Path, unique: Callable[[str], str]) -> Secrets:
    if home == "embedded":
        return connect.secrets(f"file://{tmp_path}/secrets.json")
    return connect.secrets(f"secretsmanager://{unique('regulars')}")


@pytest.fixture
def limits(home: str, unique: Callable[[str], str]) -> Limits:
    if home == "embedded":
        from cdp.adapters.embedded.limits import MemoryLimits

        return MemoryLimits()  # the locator's adapter is one for the process
    name = unique("limits")
    make_dynamo_table(name)
    return connect.limits(f"dynamodb://{name}")


# ---------------------------------------------------------------- lake


@pytest.fixture
def lake_locator(home: str, tmp_path: Path, unique: Callable[[str], str]) -> str:
    return make_lake_locator(home, tmp_path, unique("lake"))


def make_lake_locator(home: str, folder: Path, name: str) -> str:
    """A new lake's locator; on AWS its bucket is made."""
    if home == "embedded":
        return f"file://{folder}/lake"
    from cdp.adapters.aws import clients

    clients.s3().create_bucket(Bucket=name)
    return f"s3://{name}/warehouse?database={name.replace('-', '_')}_"


@pytest.fixture
def open_lake(lake_locator: str) -> Callable[[], Lake]:
    """Another process's view of the same lake: nothing is remembered between two of them."""

    def open_lake() -> Lake:
        connect.lake.cache_clear()
        return connect.lake(lake_locator)

    return open_lake


@pytest.fixture
def lake(open_lake: Callable[[], Lake]) -> Lake:
    return open_lake()


# ---------------------------------------------------------------- engine


def rows_of(lake: Lake, locator: str, account_id: str, query: Query) -> pa.Table:
    """The query's rows by DuckDB over the lake's files, in either home."""
    if locator.startswith("s3:"):
        from cdp.adapters.aws.engine import duckdb_on_s3

        return duckdb_on_s3(lake).run(account_id, query)
    from cdp.adapters.embedded.engine import local_duckdb

    return local_duckdb(lake).run(account_id, query)
