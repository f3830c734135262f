"""Webhooks of an account (SPEC §15), their secrets, and whom `record` has to announce for them.

A webhook listens to metrics (documents.listeners) for as long as it is enabled. Its secrets are in `Secrets` only,
under `webhooks/<account>/<id>`: the current one, and for a day after a change the one before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from cdp.documents import listeners
from cdp.documents.named import Collection
from cdp.errors import Rejected, Unavailable
from cdp.ports import Item, Key, Put, Secrets, Table
from cdp.webhooks.topics import canonical

MOST = 50  # of an account
ROTATION = timedelta(hours=24)
BY_REQUEST, GONE, FAILING = "request", "gone", "failing"  # why a webhook is disabled: PATCH; 410; errors for too long
_ATTEMPTS = 8


class Webhook(msgspec.Struct, frozen=True):
    """Times are UTC. `topics` as they were asked for; `listens` are the keys of documents.listeners that they need.

    What failed before `fresh_since` does not count any more: since then the webhook is there, enabled again, or has
    this `endpoint_url`. `disabled_because`: one of BY_REQUEST, GONE, FAILING.
    """

    id: str
    name: str
    description: str | None
    endpoint_url: str
    topics: tuple[str, ...]
    listens: tuple[str, ...]
    created: datetime
    updated: datetime
    fresh_since: datetime
    enabled: bool = True
    disabled_because: str | None = None


class Subscription(NamedTuple):
    """A webhook, and what it calls the topic."""

    webhook: Webhook
    topic: str


class _Keys(msgspec.Struct, frozen=True):
    current: str
    previous: str | None = None
    previous_until: datetime | None = None


WEBHOOKS: Collection[Webhook] = Collection("webhooks", Webhook)
_keys = msgspec.json.Decoder(_Keys)


def get(table: Table, account_id: str, id_: str) -> Webhook | None:
    stored = WEBHOOKS.get(table, account_id, id_)
    return None if stored is None else stored.thing


def all_of(table: Table, account_id: str) -> list[Webhook]:
    """In the order in which they were made."""
    return [stored.thing for stored in WEBHOOKS.all(table, account_id)]


def subscribed(table: Table, account_id: str) -> Mapping[str, list[Subscription]]:
    """First name of a topic → the enabled webhooks that are to be told of it, each once."""
    found: dict[str, list[Subscription]] = {}
    for webhook in all_of(table, account_id):
        first = {canonical(topic): topic for topic in reversed(webhook.topics)} if webhook.enabled else {}
        for name, topic in first.items():
            found.setdefault(name, []).append(Subscription(webhook, topic))
    return found


def create(table: Table, account_id: str, webhook: Webhook, most: int = MOST) -> None:
    """`Rejected` if there are `most` already: a marker moves with every one that is made, so none slips in beside."""
    for _ in range(_ATTEMPTS):
        marker = table.get([_marker(account_id)])[0]
        if len(WEBHOOKS.page(table, account_id, "id", limit=most)) >= most:
            raise Rejected(f"An account has at most {most} webhooks.", field="/data")
        moved = Put(Item(_marker(account_id), b"{}"), 0 if marker is None else marker.version)
        if table.write([[WEBHOOKS.put(account_id, webhook, 0), moved]])[0]:
            _listen(table, account_id, webhook.id, frozenset())
            return
    raise Unavailable("webhooks are being made by others at the same moment")


def change(table: Table, account_id: str, id_: str, by: Callable[[Webhook], Webhook]) -> Webhook | None:
    """The webhook after `by`, which may be called several times; None if there is none of this id."""
    for _ in range(_ATTEMPTS):
        stored = WEBHOOKS.get(table, account_id, id_)
        if stored is None:
            return None
        after = by(stored.thing)
        if after != stored.thing and not table.write([[WEBHOOKS.put(account_id, after, stored.version)]])[0]:
            continue
        _listen(table, account_id, id_, frozenset(stored.thing.listens))
        return after
    raise Unavailable("the webhook is being changed by others at the same moment")


def disable(table: Table, account_id: str, id_: str, because: str, now: datetime) -> Webhook | None:
    """Nothing is sent to it any more, and nothing announced for it."""
    return change(table, account_id, id_, lambda webhook: disabled(webhook, because, now))


def disabled(webhook: Webhook, because: str, now: datetime) -> Webhook:
    if not webhook.enabled:
        return webhook
    return msgspec.structs.replace(webhook, enabled=False, disabled_because=because, updated=now)


def remove(table: Table, secrets: Secrets, account_id: str, id_: str, now: datetime) -> bool:
    """False if there is none. Safe to repeat: the document goes last, and nothing is sent from the first step on."""
    if disable(table, account_id, id_, BY_REQUEST, now) is None:
        return False
    secrets.delete(_secret(account_id, id_))
    while stored := WEBHOOKS.get(table, account_id, id_):
        table.write([[WEBHOOKS.delete(account_id, stored)]])
        _listen(table, account_id, id_, frozenset(stored.thing.listens))
    secrets.delete(_secret(account_id, id_))  # somebody may have changed it meanwhile
    return True


def secrets_of(secrets: Secrets, account_id: str, id_: str, now: datetime) -> tuple[str, ...]:
    """The secrets that are valid now, the newest first; none if the webhook is being removed."""
    text = secrets.get(_secret(account_id, id_))
    if text is None:
        return ()
    keys = _keys.decode(text)
    if keys.previous is None or keys.previous_until is None or keys.previous_until <= now:
        return (keys.current,)
    return keys.current, keys.previous


def set_secret(secrets: Secrets, account_id: str, id_: str, secret: str, now: datetime) -> None:
    """Another secret begins a rotation: the one before is valid for a day. The same again changes nothing."""
    text = secrets.get(_secret(account_id, id_))
    keys = None if text is None else _keys.decode(text)
    if keys is not None and keys.current == secret:
        return
    fresh = _Keys(secret) if keys is None else _Keys(secret, keys.current, now + ROTATION)
    secrets.put(_secret(account_id, id_), msgspec.json.encode(fresh).decode())


def forget_secret(secrets: Secrets, account_id: str, id_: str) -> None:
    secrets.delete(_secret(account_id, id_))


def _listen(table: Table, account_id: str, id_: str, dropped: frozenset[str]) -> None:
    """Listen to what the document says, and no more to what else it said before. Others may change it meanwhile:
    whoever is last sees the document as it stays."""
    consumer = f"webhook:{id_}"
    while True:
        stored = WEBHOOKS.get(table, account_id, id_)
        said = frozenset() if stored is None else frozenset(stored.thing.listens)
        wanted = said if stored is not None and stored.thing.enabled else frozenset()
        dropped |= said
        for metric_id in sorted(wanted):
            listeners.add(table, account_id, metric_id, consumer)
        for metric_id in sorted(dropped - wanted):
            listeners.remove(table, account_id, metric_id, consumer)
        if WEBHOOKS.get(table, account_id, id_) == stored:
            return


def _secret(account_id: str, id_: str) -> str:
    return f"webhooks/{account_id}/{id_}"


def _marker(account_id: str) -> Key:
    return Key(f"{account_id}#webhooks-marker", "marker")
