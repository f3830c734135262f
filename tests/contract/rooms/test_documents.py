"""What is kept in the table and logged to the lake, on both homes: memberships, merges, records, profiles."""

from __future__ import annotations

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from cdp import connect
from cdp.documents import identity, memberships, outbox, profiles
from cdp.documents.identity import Change
from cdp.errors import Unavailable
from cdp.model.payloads import ProfileAttributes, ProfileResource
from cdp.model.profile import identities
from cdp.ports import Item, ItemQuery, Key, Operation, Table
from cdp.query.sql import select
from tests.unit.custom_objects.test_records import (  # noqa: F401 - run here on both homes
    test_a_deleted_record_is_gone_and_may_come_back,
    test_a_record_that_changes_hands,
    test_a_stale_write_changes_nothing,
    test_a_waiting_record_reaches_the_lake_with_its_person,
    test_an_erased_persons_records_leave_no_item,
    test_moved_records_are_the_destinations,
)
from tests.unit.documents.test_merges import (  # noqa: F401 - run here on both homes
    test_a_chain_of_merges_leads_to_its_end,
    test_a_move_that_came_again_meanwhile_still_waits,
    test_a_move_waits_until_it_is_done,
    test_the_epoch_changes_with_every_announcement,
)

ACCOUNT = "ABC234"
START = datetime(2026, 3, 1, tzinfo=UTC)
GROUPS, PEOPLE = ("AAAAAA", "BBBBBB"), range(1, 9)
MEMBERS = select(
    """
    SELECT group_id, profile_no, occurred_at FROM (
      SELECT group_id, profile_no, action, occurred_at,
             row_number() OVER (PARTITION BY group_id, profile_no ORDER BY logged_at DESC) AS age
      FROM segment_log
    ) AS r WHERE age = 1 AND action = 'joined'
    """
)
VALUES = select(
    """
    SELECT property, profile_no, value FROM (
      SELECT property, profile_no, value,
             row_number() OVER (PARTITION BY property, profile_no ORDER BY revision DESC) AS age
      FROM profile_history
    ) AS r WHERE age = 1
    """
)
ROWS = select("SELECT count(*) AS n FROM profile_history")


def rows(lake: str, query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = connect.engine("duckdb:", lake).run(ACCOUNT, query).to_pylist()
    return found


@pytest.mark.parametrize("seed", [1])
def test_memberships_are_as_a_dictionary_says(table: Table, lake: str, seed: int) -> None:
    """Joins, leaves, merges and erasures; in the table, in the group's order, in the log."""
    chance = random.Random(seed)
    expected: dict[tuple[str, int], datetime] = {}
    alive = list(PEOPLE)
    for step in range(30):
        at, group = START + timedelta(hours=step), chance.choice(GROUPS)
        some = chance.sample(alive, chance.randint(1, len(alive)))
        what = chance.choices(["join", "leave", "move", "remove"], [6, 4, 1, 1])[0]
        if what == "join":
            memberships.join(table, ACCOUNT, group, some, at)
            expected = {**{(group, no): at for no in some}, **expected}
        elif what == "leave":
            memberships.leave(table, ACCOUNT, group, some, at)
            expected = {
                pair: since for pair, since in expected.items() if pair not in {(group, no) for no in some}
            }
        elif len(alive) > 3:
            gone, heir = chance.sample(alive, 2)
            alive.remove(gone)
            held = {name: since for (name, no), since in expected.items() if no == gone}
            expected = {pair: since for pair, since in expected.items() if pair[1] != gone}
            if what == "move":
                memberships.move(table, ACCOUNT, gone, heir, at)
                expected |= {
                    (g, heir): min(since, expected.get((g, heir), since)) for g, since in held.items()
                }
            else:
                memberships.remove_all(table, ACCOUNT, gone)
    of_people = {(g, no): at for no in PEOPLE for g, at in memberships.of_profile(table, ACCOUNT, no).items()}
    assert of_people == expected
    for group in GROUPS:
        in_order = sorted((at, no) for (g, no), at in expected.items() if g == group)
        assert [(one.joined_at, one.profile_no) for one in walk(table, group)] == in_order
        assert memberships.count(table, ACCOUNT, group) == len(in_order)
    outbox.drain(table, connect.lake(lake), ACCOUNT)
    logged = {(row["group_id"], row["profile_no"]): row["occurred_at"] for row in rows(lake, MEMBERS)}
    assert {pair: at for pair, at in logged.items() if pair[1] in alive} == expected


def walk(table: Table, group: str) -> list[memberships.Member]:
    found: list[memberships.Member] = []
    while page := memberships.page(
        table, ACCOUNT, group, limit=3, after=found[-1].position if found else None
    ):
        found += page
    return found


@dataclass
class Interrupted:
    """A table that takes no more writes."""

    table: Table

    def get(self, keys: Sequence[Key]) -> list[Item | None]:
        return self.table.get(keys)

    def query(self, query: ItemQuery) -> list[Item]:
        return self.table.query(query)

    def write(self, transactions: Sequence[Sequence[Operation]]) -> list[bool]:
        raise Unavailable("fault")

    def add(self, key: Key, amount: int, *, expires_at: int | None = None) -> int:
        raise Unavailable("fault")


def test_the_history_of_profiles_reaches_the_lake_once(table: Table, lake: str) -> None:
    """A drain that is cut short after its rows, and two at once, write nothing twice."""
    people = [f"p{i}@shop.example" for i in range(30)]
    for step in range(3):
        changes = [
            change(email, {"step": step, "who": email} if step < 2 else {"step": None}) for email in people
        ]
        identity.apply(table, ACCOUNT, changes, START + timedelta(days=step))
        with pytest.raises(Unavailable):
            outbox.drain(Interrupted(table), connect.lake(lake), ACCOUNT)
        if step == 1:
            with ThreadPoolExecutor(2) as pool:
                list(pool.map(lambda _: outbox.drain(table, connect.lake(lake), ACCOUNT), range(2)))
    outbox.drain(table, connect.lake(lake), ACCOUNT)
    assert outbox.drain(table, connect.lake(lake), ACCOUNT) == 0
    states = profiles.get_many(table, ACCOUNT, range(1, 31))
    expected = {
        (name, state.profile.no): msgspec.to_builtins(value)
        for state in states
        if state
        for name, value in state.profile.values().items()
    }
    found = {
        (row["property"], row["profile_no"]): msgspec.json.decode(row["value"])
        for row in rows(lake, VALUES)
        if row["value"] is not None
    }
    assert found == expected
    assert rows(lake, ROWS) == [{"n": 30 * (len({"created", "email", "step", "who"}) + 1 + 1)}]


def change(email: str, properties: dict[str, Any]) -> Change:
    raw = msgspec.Raw(msgspec.json.encode(properties))
    resource = ProfileResource("profile", attributes=ProfileAttributes(email=email, properties=raw))
    return Change(resource, identities(resource, "/data"))
