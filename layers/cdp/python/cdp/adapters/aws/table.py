"""Documents in DynamoDB: one table, `pk` and `sk`, indexes g1 to g4 (keys g1p and g1s, and so on).

Items: `body` (binary), `ver` (number), `ttl` (epoch seconds), the index keys, `w` (name of the last write).
The indexes project KEYS_ONLY: a profile is written with every event and listed rarely, and an index that held
the bodies would be written again each time. A page is therefore read in two steps, index keys and then bodies
by consistent reads, which also makes a listing as fresh as a get.
"""

from __future__ import annotations

import heapq
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from cdp.adapters.aws.clients import code_of, dynamodb, patiently, pool
from cdp.adapters.aws.table_keys import (
    SHARDS,
    Bounds,
    bounds,
    index_name,
    possible,
    possible_partition,
    shard_name,
    sort_of,
)
from cdp.adapters.aws.table_requests import adding, expression, key_range, primary, update
from cdp.errors import Rejected, Unavailable
from cdp.ports import INDEXES, Add, Delete, Item, ItemQuery, Key, Operation
from cdp.ports.documents import check

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

_KEYS_PER_GET = 100
_FAILED = "ConditionalCheckFailed"
_RETRIED = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
_WHAT = "the table"

T = TypeVar("T")
R = TypeVar("R")


class DynamoTable:
    """`cdp.ports.Table` on one DynamoDB table.

    A `write` of several transactions sends them in parallel: when it raises `Unavailable`, the others may have
    been applied. `add` may count twice when an answer of the service is lost.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def get(self, keys: Sequence[Key]) -> list[Item | None]:
        now = int(time.time())
        stored = self._stored(keys)
        return [_item(stored[key]) if key in stored and _alive(stored[key], now) else None for key in keys]

    def _stored(self, keys: Sequence[Key]) -> dict[Key, dict[str, Any]]:
        unique = [key for key in dict.fromkeys(keys) if possible(key)]
        chunks = [unique[i : i + _KEYS_PER_GET] for i in range(0, len(unique), _KEYS_PER_GET)]
        return {key: found for part in _parallel(self._batch, chunks) for key, found in part.items()}

    def _batch(self, keys: Sequence[Key]) -> dict[Key, dict[str, Any]]:
        """One BatchGetItem of at most 100 keys, until nothing is left unprocessed."""
        found: dict[Key, dict[str, Any]] = {}
        left: list[Any] = [primary(key) for key in keys]

        def call() -> bool | None:
            request = {self._name: {"Keys": left, "ConsistentRead": True}}
            answer: dict[str, Any] = dynamodb().batch_get_item(RequestItems=request)  # type: ignore[arg-type,assignment]
            for raw in answer["Responses"].get(self._name, []):
                found[_key(raw)] = raw
            left[:] = answer.get("UnprocessedKeys", {}).get(self._name, {}).get("Keys", [])
            return None if left else True

        patiently(_WHAT, call)
        return found

    def write(self, transactions: Sequence[Sequence[Operation]]) -> list[bool]:
        check(transactions)
        requests = [[self._request(operation) for operation in operations] for operations in transactions]
        return _parallel(self._apply, requests)

    def _apply(self, requests: Sequence[tuple[str, dict[str, Any]]]) -> bool:
        if len(requests) == 1:
            kind, request = requests[0]
            if "ConditionExpression" in request:
                request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
            return patiently(_WHAT, lambda: _write_one(kind, request))
        items = [{kind: request} for kind, request in requests]
        token = str(uuid.uuid4())  # a repeat after a lost answer is the same transaction
        return patiently(_WHAT, lambda: _write_all(items, token))

    def _request(self, operation: Operation) -> tuple[str, dict[str, Any]]:
        """("Update" or "Delete", parameters). A put is an update, so that DynamoDB counts the version."""
        if isinstance(operation, Delete):
            request: dict[str, Any] = {"TableName": self._name, "Key": primary(operation.key)}
            if operation.if_version == 0:
                raise ValueError("only a stored version can be deleted")
            if operation.if_version is not None:
                request |= expression({":v": operation.if_version}, ConditionExpression="#ver = :v")
            return "Delete", request
        if isinstance(operation, Add):
            return "Update", {"TableName": self._name} | adding(_counter(operation.key), operation.amount, None)
        return "Update", {"TableName": self._name, "Key": primary(operation.item.key)} | update(operation)

    def query(self, query: ItemQuery) -> list[Item]:
        if query.index is not None and query.index not in INDEXES:
            raise ValueError(f"no index {query.index!r}")
        within = bounds(query)
        if within.empty or not possible_partition(query.partition):
            return []
        return (
            self._page_of_table(query, within) if query.index is None else self._page_of_index(query, within)
        )

    def _page_of_table(self, query: ItemQuery, within: Bounds) -> list[Item]:
        now = int(time.time())
        found = self._walk(query, within, query.partition, query.limit + 2)
        alive = (_item(raw) for raw in found if "body" in raw and _alive(raw, now))
        return list(islice(alive, query.limit))

    def _page_of_index(self, query: ItemQuery, within: Bounds) -> list[Item]:
        """Merge the shards and read the bodies. An index lags its items, so what has moved on is left out."""
        merged = self._merged(query, within)
        partition, sort = f"{query.index}p", f"{query.index}s"
        page: list[Item] = []
        while len(page) < query.limit and (entries := list(islice(merged, query.limit - len(page)))):
            now = int(time.time())
            stored = self._stored([_key(entry) for entry in entries])
            for entry in entries:
                raw = stored.get(_key(entry))
                if (
                    raw
                    and raw.get(sort) == entry[sort]
                    and raw.get(partition) == entry[partition]
                    and _alive(raw, now)
                ):
                    indexes = {str(query.index): (query.partition, sort_of(entry[sort]["S"]))}
                    page.append(_item(raw, indexes))
        return page

    def _merged(self, query: ItemQuery, within: Bounds) -> Iterator[dict[str, Any]]:
        share = query.limit // SHARDS
        size = share + 2 * int(share**0.5) + 3  # a shard rarely holds more of the page than this
        names = [shard_name(query.partition, shard) for shard in range(SHARDS)]
        walks = [self._walk(query, within, name, size) for name in names]
        firsts = _parallel(lambda walk: next(walk, None), walks)
        chains = [_chain(first, walk) for first, walk in zip(firsts, walks, strict=True)]
        sort = f"{query.index}s"
        return heapq.merge(*chains, key=lambda entry: str(entry[sort]["S"]), reverse=query.descending)

    def _walk(self, query: ItemQuery, within: Bounds, partition: str, size: int) -> Iterator[dict[str, Any]]:
        """Entries of one stored partition in order, read `size` at a time as they are asked for."""
        hash_key, range_key = (f"{query.index}p", f"{query.index}s") if query.index else ("pk", "sk")
        request = key_range(within, partition, hash_key, range_key) | {
            "TableName": self._name,
            "ScanIndexForward": not query.descending,
            "Limit": size,
        }
        request |= {"IndexName": index_name(query.index)} if query.index else {"ConsistentRead": True}
        while True:
            answer = patiently(_WHAT, lambda: dynamodb().query(**request))
            yield from (raw for raw in answer["Items"] if within.admits(raw[range_key]["S"]))
            if not answer.get("LastEvaluatedKey"):
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def add(self, key: Key, amount: int, *, expires_at: int | None = None) -> int:
        return add(self._name, _counter(key), amount, expires_at)

    def counts(self, keys: Sequence[Key]) -> list[int]:
        counters = [_counter(key) for key in keys]
        stored = self._stored(counters)
        return [int(stored[key]["n"]["N"]) if key in stored else 0 for key in counters]

    def scrub(self) -> None:
        """Nothing to do: DynamoDB shows no deleted item to anybody. Its backups for point-in-time recovery, which
        only the owner of the AWS account can restore, forget it after their 35 days."""


def add(table: str, key: Key, amount: int, expires_at: int | None) -> int:
    """Add to the counter `n` of an item. `expires_at` counts when the counter is made."""
    request = adding(key, amount, expires_at)
    answer = patiently(
        _WHAT, lambda: dynamodb().update_item(TableName=table, ReturnValues="UPDATED_NEW", **request)
    )
    return int(answer["Attributes"]["n"]["N"])


# ---------------------------------------------------------------- calls and answers


def _write_one(kind: str, request: dict[str, Any]) -> bool | None:
    """One conditional write. False: its condition did not hold; None: in conflict with a transaction."""
    from botocore.exceptions import ClientError

    client = dynamodb()
    call: Callable[..., object] = client.update_item if kind == "Update" else client.delete_item
    try:
        call(**request)
    except ClientError as error:
        if code_of(error) == "TransactionConflictException":
            return None
        if code_of(error) != "ConditionalCheckFailedException":
            raise _refusal(error) from error
        return _was_ours(error, request)
    return True


def _was_ours(error: ClientError, request: dict[str, Any]) -> bool:
    """Whether the condition failed because this very write had been applied and its answer was lost."""
    stored: dict[str, Any] = error.response.get("Item", {})  # type: ignore[assignment]
    name = request["ExpressionAttributeValues"].get(":w")
    if name is not None:
        return bool(stored) and bytes(stored.get("w", {}).get("B", b"")) == name["B"]
    return not stored and error.response["ResponseMetadata"].get("RetryAttempts", 0) > 0


def _write_all(items: Sequence[Any], token: str) -> bool | None:
    """One transaction. False: a condition did not hold; None: throttled or in conflict with another one."""
    from botocore.exceptions import ClientError

    try:
        dynamodb().transact_write_items(TransactItems=items, ClientRequestToken=token)
    except ClientError as error:
        if code_of(error) != "TransactionCanceledException":
            raise _refusal(error) from error
        reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", [])}
        if _FAILED in reasons:
            return False
        if reasons & _RETRIED:
            return None
        raise _refusal(error) from error
    return True


def _refusal(error: ClientError) -> Exception:
    """The caller's fault, where the service says that the item is too large; else the error itself."""
    if "size has exceeded" in str(error):
        return Rejected("the document is larger than 400 KB", status=413, code="too_large")
    return error


def _parallel(call: Callable[[T], R], arguments: Sequence[T]) -> list[R]:
    """Run the calls at once, in order of the arguments; the first fault is raised when all have ended."""
    if len(arguments) < 2:
        return [call(argument) for argument in arguments]
    futures = [pool().submit(call, argument) for argument in arguments]
    faults = [fault for future in futures if (fault := future.exception()) is not None]
    for fault in faults:
        if not isinstance(fault, Unavailable):
            raise fault
    for fault in faults:
        raise fault
    return [future.result() for future in futures]


def _chain(first: T | None, rest: Iterator[T]) -> Iterator[T]:
    if first is not None:
        yield first
        yield from rest


def _key(raw: dict[str, Any]) -> Key:
    return Key(raw["pk"]["S"], raw["sk"]["S"])


def _counter(key: Key) -> Key:
    """Counters are no items."""
    return Key(f"{key.pk}|counter", key.sk)


def _alive(raw: dict[str, Any], now: int) -> bool:
    return "ttl" not in raw or int(raw["ttl"]["N"]) > now


def _item(raw: dict[str, Any], indexes: dict[str, tuple[str, str]] | None = None) -> Item:
    expires_at = int(raw["ttl"]["N"]) if "ttl" in raw else None
    return Item(_key(raw), bytes(raw["body"]["B"]), indexes or {}, expires_at, int(raw["ver"]["N"]))
