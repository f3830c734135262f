"""One fixture a port: each test runs against every adapter, on fresh resources.

The embedded adapters live in a temporary folder, the AWS ones on the emulator.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from cdp import connect
from cdp.ports import INDEXES, Table

HOMES = ("embedded", "aws")


@pytest.fixture(params=HOMES)
def home(request: pytest.FixtureRequest) -> str:
    """Which family of adapters the test runs against; "aws" has the emulator running."""
    chosen: str = request.param
    if chosen == "aws":
        request.getfixturevalue("emulator")
    return chosen


@pytest.fixture
def unique() -> Callable[[str], str]:
    """A resource name of its own for every test."""
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
