"""Who listens to which metric: `record` announces only events that somebody waits for.

A consumer (a webhook, a function, a segment) registers under its own name; metric "*" is every metric, "profiles" the
making and changing of profiles, and `named(name)` every metric of that name, whether there is one yet or not.
"""

from __future__ import annotations

from urllib.parse import quote

from cdp.ports import Delete, Item, ItemQuery, Key, Put, Table

EVERY = "*"
PROFILES = "profiles"


def named(name: str) -> str:
    """What stands in for a metric id: all metrics of this name, of whatever integration."""
    return f"name:{quote(name, safe=' ')}"


def add(table: Table, account_id: str, metric_id: str, consumer: str) -> None:
    table.write([[Put(Item(_key(account_id, metric_id, consumer), b"{}"))]])


def remove(table: Table, account_id: str, metric_id: str, consumer: str) -> None:
    table.write([[Delete(_key(account_id, metric_id, consumer))]])


def metrics(table: Table, account_id: str) -> frozenset[str]:
    """Ids of the metrics that have a listener."""
    found: set[str] = set()
    query = ItemQuery(_partition(account_id), limit=1000)
    while page := table.query(query):
        found.update(item.key.sk.partition("#")[0] for item in page)
        query = ItemQuery(query.partition, limit=1000, after=(page[-1].key.sk, *page[-1].key))
    return frozenset(found)


def _partition(account_id: str) -> str:
    return f"{account_id}#listeners"


def _key(account_id: str, metric_id: str, consumer: str) -> Key:
    return Key(_partition(account_id), f"{metric_id}#{consumer}")
