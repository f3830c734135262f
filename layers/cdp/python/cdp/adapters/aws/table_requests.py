"""Requests to DynamoDB: expressions with their names and typed values."""

from __future__ import annotations

import time
import uuid
from typing import Any

from cdp.adapters.aws.table_keys import Bounds, position, shard_name, shard_of
from cdp.ports import INDEXES, Key, Put

_NAMES = {"#body": "body", "#ver": "ver", "#ttl": "ttl", "#w": "w", "#n": "n"}


def primary(key: Key) -> dict[str, Any]:
    return {"pk": {"S": key.pk}, "sk": {"S": key.sk}}


def expression(values: dict[str, Any], **expressions: str) -> dict[str, Any]:
    """Expressions with the names and typed values that they use."""
    text = " ".join(expressions.values())
    names = {alias: name for alias, name in _NAMES.items() if alias in text}
    typed = {name: _typed(value) for name, value in values.items()}
    return {**expressions, "ExpressionAttributeValues": typed} | (
        {"ExpressionAttributeNames": names} if names else {}
    )


def _typed(value: str | bytes | int) -> dict[str, Any]:
    if isinstance(value, str):
        return {"S": value}
    return {"B": value} if isinstance(value, bytes) else {"N": str(value)}


def update(put: Put) -> dict[str, Any]:
    """The item as an update: sets what it has, removes what it has not, and counts the version."""
    item, key = put.item, put.item.key
    values: dict[str, Any] = {":body": item.body, ":one": 1, ":w": uuid.uuid4().bytes}
    sets, removes = ["#body = :body", "#w = :w"], []
    if item.expires_at is None:
        removes.append("#ttl")
    else:
        sets.append("#ttl = :ttl")
        values[":ttl"] = item.expires_at
    for g in () if put.keep_indexes else INDEXES:
        if g in item.indexes:
            partition, sort = item.indexes[g]
            sets.append(f"{g}p = :{g}p, {g}s = :{g}s")
            values[f":{g}p"] = shard_name(partition, shard_of(key))
            values[f":{g}s"] = position(sort, key)
        else:
            removes.append(f"{g}p, {g}s")
    expressions = {}
    if put.if_version == 0:
        sets.append("#ver = :one")
        values[":now"] = int(time.time())
        expressions["ConditionExpression"] = "attribute_not_exists(pk) OR #ttl <= :now"
    else:
        sets.append("#ver = if_not_exists(#ver, :zero) + :one")
        values[":zero"] = 0
        if put.if_version is not None:
            values[":v"] = put.if_version
            expressions["ConditionExpression"] = "#ver = :v"
    text = f"SET {', '.join(sets)}" + (f" REMOVE {', '.join(removes)}" if removes else "")
    return expression(values, UpdateExpression=text, **expressions)


def adding(key: Key, amount: int, expires_at: int | None) -> dict[str, Any]:
    """To the counter `n` of an item; `expires_at` counts when it is made."""
    text, values = "ADD #n :a", {":a": amount}
    if expires_at is not None:
        text, values = f"SET #ttl = if_not_exists(#ttl, :t) {text}", {**values, ":t": expires_at}
    return {"Key": primary(key), **expression(values, UpdateExpression=text)}


def key_range(within: Bounds, partition: str, hash_key: str, range_key: str) -> dict[str, Any]:
    condition, values = f"{hash_key} = :p", {":p": partition}
    if within.low is not None and within.high is not None:
        condition += f" AND {range_key} BETWEEN :low AND :high"
        values |= {":low": within.low, ":high": within.high}
    elif within.low is not None:
        condition += f" AND {range_key} >= :low"
        values[":low"] = within.low
    elif within.high is not None:
        condition += f" AND {range_key} < :high"
        values[":high"] = within.high
    return expression(values, KeyConditionExpression=condition)
