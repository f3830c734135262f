"""Several requests at the same moment: the limit holds, and listeners are what the document says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest
from msgspec.structs import replace

from cdp.documents import listeners, webhooks
from cdp.documents.webhooks import Webhook
from cdp.ports import Table
from functions.webhooks.settings import Settings
from functions.webhooks.subscribing import Chosen, choose, known
from tests.unit.webhooks.conftest import ACCOUNT, NOW, OPENED, SENT, Room, room_of

T = TypeVar("T")
RECEIVED = "event:klaviyo.received_push"


def at_once(works: Sequence[Callable[[], T]]) -> list[T]:
    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result() for future in [pool.submit(work) for work in works]]


def test_the_limit_holds(settings: Settings, tmp_path: Path) -> None:
    room = room_of(settings, tmp_path, most_webhooks=4)
    statuses = [answer.status for answer in at_once([room.create] * 8)]
    assert set(statuses) <= {201, 400, 503}
    assert len(webhooks.all_of(room.table, ACCOUNT)) == statuses.count(201) <= 4
    assert room.create().status == (400 if statuses.count(201) == 4 else 201)


class Interrupted:
    """A table that lets somebody else act before the call with this number."""

    def __init__(self, table: Table, at: int, act: Callable[[], object]) -> None:
        self._table, self._left, self._act = table, at, act

    def __getattr__(self, name: str) -> Any:
        self._left -= 1
        if self._left == -1:
            self._act()
        return getattr(self._table, name)

    @property
    def is_over(self) -> bool:
        """Had it fewer calls than that?"""
        return self._left >= 0


@pytest.mark.parametrize("first", [True, False])
def test_whoever_is_last_leaves_the_right_listeners(room: Room, first: bool) -> None:
    """At every step of a change somebody else makes another one, whole, or removes the webhook."""
    topics, at = known([]), 0
    while True:
        id_ = room.made([SENT, OPENED])
        there = partial(changed, room.table, id_, choose([SENT, RECEIVED], topics), not first)
        gone = partial(webhooks.remove, room.table, room.secrets, ACCOUNT, id_, NOW)
        table = Interrupted(room.table, at, there if at % 2 else gone if first else there)
        changed(table, id_, choose([RECEIVED, OPENED], topics), True)
        found = webhooks.get(room.table, ACCOUNT, id_)
        wanted = frozenset(found.listens) if found is not None and found.enabled else frozenset()
        assert listeners.metrics(room.table, ACCOUNT) == wanted, at
        webhooks.remove(room.table, room.secrets, ACCOUNT, id_, NOW)
        assert listeners.metrics(room.table, ACCOUNT) == frozenset()
        if table.is_over:
            break
        at += 1
    assert at > 5


def changed(table: Any, id_: str, to: Chosen, enabled: bool) -> Webhook | None:
    def by(old: Webhook) -> Webhook:
        later = old.updated + timedelta(seconds=1)
        return replace(old, topics=to.topics, listens=to.listens, enabled=enabled, updated=later)

    return webhooks.change(table, ACCOUNT, id_, by)


def test_a_change_during_a_deletion_leaves_nothing(room: Room) -> None:
    for _ in range(5):
        id_ = room.made()
        delete = partial(room.caller, "DELETE", f"/api/webhooks/{id_}")
        change = partial(room.change, id_, [OPENED], enabled=True, secret_key="x" * 20)
        deleted, changed = at_once([delete, change])
        assert (deleted.status, changed.status) in ((204, 200), (204, 404))
        assert room.change(id_, enabled=True).status == 404
    assert listeners.metrics(room.table, ACCOUNT) == frozenset()
    assert (room.folder / "secrets.json").read_text() == "{}"
