"""A turn that ends anywhere: before or after any call to the table. The message comes again, and nothing is missing."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace as changed

from cdp import connect
from cdp.documents import webhook_lanes, webhooks
from cdp.ports import Item, ItemQuery, Key, Operation, Table
from tests.e2e.embedded.endpoints import Endpoints
from tests.unit.deliveries.conftest import ACCOUNT, WEBHOOK, Clock, Post


class Killed(BaseException):
    """As if the process had ended here."""


@dataclass
class Mortal:
    """A table whose process is killed at a call: before anything happens, or when all has happened but the answer."""

    table: Table
    at: int
    before: bool
    calls: int = 0

    def _do(self, call: Callable[[], Any]) -> Any:
        self.calls += 1
        if self.calls - 1 == self.at and self.before:
            raise Killed
        answer = call()
        if self.calls - 1 == self.at:
            raise Killed
        return answer

    def get(self, keys: Sequence[Key]) -> list[Item | None]:
        return self._do(lambda: self.table.get(keys))  # type: ignore[no-any-return]

    def write(self, transactions: Sequence[Sequence[Operation]]) -> list[bool]:
        return self._do(lambda: self.table.write(transactions))  # type: ignore[no-any-return]

    def query(self, query: ItemQuery) -> list[Item]:
        return self._do(lambda: self.table.query(query))  # type: ignore[no-any-return]

    def add(self, key: Key, amount: int, *, expires_at: int | None = None) -> int:
        return self._do(lambda: self.table.add(key, amount, expires_at=expires_at))  # type: ignore[no-any-return]

    def counts(self, keys: Sequence[Key]) -> list[int]:
        return self._do(lambda: self.table.counts(keys))  # type: ignore[no-any-return]

    def scrub(self) -> None:
        self._do(self.table.scrub)


Story = Callable[[Post], None]


def _events(post: Post) -> None:
    """Three deliveries, one after the other."""
    post.pace = replace(post.pace, entries=2)
    post.wait("01", "02", "03", "04", "05")


def _failing(post: Post) -> None:
    """A second attempt."""
    post.wait("01", "02")
    post.answer(500)
    post.due("earlier")
    post.answer(200)
    post.wait("03")
    post.clock.pass_by(minutes=1)


def _replayed(post: Post) -> None:
    """Dead letters are to come back, before what waits."""
    post.wait("01", "02")
    post.answer(410)
    post.due("earlier")
    post.answer(200)
    now = post.clock()
    webhooks.change(post.table, ACCOUNT, WEBHOOK, lambda old: changed(old, enabled=True, fresh_since=now))
    webhook_lanes.ask_for_replay(post.table, ACCOUNT, WEBHOOK)
    post.wait("03")


@pytest.mark.parametrize("story", [_events, _failing, _replayed])
@pytest.mark.parametrize(("before", "again"), [(True, "message"), (False, "another")])
def test_nothing_is_missing_wherever_it_ends(
    tmp_path: Path, receiver: Endpoints, story: Story, before: bool, again: str
) -> None:
    """The same message goes on at once; another one does when the lease has run out."""
    told = _post(tmp_path / "told", receiver)
    told.create()
    story(told)
    for at in count():
        shutil.copytree(told.folder, tmp_path / str(at))
        post = replace(_post(tmp_path / str(at), receiver), pace=told.pace, clock=Clock(told.clock.now))
        expected = [*post.dead(), *post.waiting()]
        receiver.arrivals.clear()
        healthy = post.table
        mortal = post.table = Mortal(healthy, at, before)
        killed = False
        try:
            post.due("message")
        except Killed:
            killed = True
        post.table = healthy
        if again == "another":
            post.clock.pass_by(seconds=webhook_lanes.LEASE.total_seconds())
        post.due(again)
        seen = list(dict.fromkeys(" ".join(post.arrived()).split()))
        assert seen == expected, f"killed at call {at}"
        assert (post.waiting(), post.dead(), post.lane().holder) == ([], [], "")
        if not killed:
            assert mortal.calls <= at
            assert at > 5, "it was killed hardly anywhere: the test proves nothing"
            return


def _post(folder: Path, receiver: Endpoints) -> Post:
    table, secrets = connect.table(f"sqlite://{folder}/documents.db"), connect.secrets(f"file://{folder}/secrets.json")
    return Post(folder, receiver, table, secrets)
