"""Random streams of what happens to people: segments kept up event by event end as a full pass finds them, and
as an obvious reckoning of each segment says; also when the worker dies on the way."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cdp import connect
from cdp.documents import accounts, memberships
from cdp.errors import Unavailable
from cdp.events import SegmentDue
from cdp.model.ids import new_short_id
from cdp.ports import Operation, Table
from functions.audiences.handler import inbox
from tests.unit.audiences.conftest import Shop, definition, did, is_called, member, record

PEOPLE, METRICS, NAMES = "abcd", ("Placed Order", "Viewed Product"), ("Anna", "Bea")
State = dict[str, tuple[str | None, Counter[str]]]  # person -> first name, events by metric
SEGMENTS = ("buyers", "idle", "annas", "either", "outside")
steps = st.lists(
    st.tuples(
        st.sampled_from(PEOPLE),
        st.sampled_from(METRICS),
        st.sampled_from([None, *NAMES]),
        st.booleans(),  # is the inbox worked off now?
    ),
    min_size=1,
    max_size=10,
)


class Dies:
    """A table that fails at its nth write, for once."""

    def __init__(self, table: Table, at: int) -> None:
        self._table, self._left = table, at

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)

    def write(self, transactions: Sequence[Sequence[Operation]]) -> list[bool]:
        self._left -= 1
        if self._left == 0:
            raise Unavailable("the table is out of reach")
        return self._table.write(transactions)


def oracle(state: State) -> dict[str, set[str]]:
    """Who should be in which segment."""
    buyers = {who for who, (_, events) in state.items() if events["Placed Order"] >= 2}
    idle = {who for who, (_, events) in state.items() if events["Viewed Product"] == 0}
    annas = {who for who, (name, _) in state.items() if name == "Anna"}
    either = {who for who in state if who in buyers or who in annas}
    return {
        "buyers": buyers,
        "idle": idle,
        "annas": annas,
        "either": either,
        "outside": {who for who in state if who not in either and who in idle},
    }


def make_segments(shop: Shop) -> dict[str, str]:
    placed, viewed = (shop.metric(name) for name in METRICS)
    idle = {**did(viewed), "measurement_filter": {"type": "numeric", "operator": "less-than", "value": 1}}
    ids: dict[str, str] = {}
    definitions: dict[str, Callable[[], dict[str, Any]]] = {
        "buyers": lambda: definition([did(placed, 2)]),
        "idle": lambda: definition([idle]),
        "annas": lambda: definition([is_called("Anna")]),
        "either": lambda: definition([member(ids["buyers"]), is_called("Anna")]),
        "outside": lambda: definition([member(ids["either"], is_member=False)], [member(ids["idle"])]),
    }
    for name in SEGMENTS:
        attributes = {"name": name, "definition": definitions[name]()}
        made = shop.caller("POST", "/api/segments", {"data": {"type": "segment", "attributes": attributes}})
        ids[name] = made.data["id"]
    return ids


@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(stream=steps, made_after=st.integers(0, 10), dies_at=st.integers(0, 12))
def test_a_stream_ends_as_a_full_pass_does(
    platform: Shop, stream: list[Any], made_after: int, dies_at: int
) -> None:
    shop = platform
    account, _ = accounts.create(shop.table, name=new_short_id(), timezone="Asia/Kolkata", currency="EUR")
    shop.caller.account_id = account.id
    for name in METRICS:
        shop.metric(name)
    state: State = defaultdict(lambda: (None, Counter()))
    ids: dict[str, str] = {}
    for number, (who, metric, name, now) in enumerate(stream):
        if number == made_after:
            ids = make_segments(shop)
        shop.record(who, {"metric": metric, "unique_id": str(number)}, **({"first_name": name} if name else {}))
        known, events = state[who]
        events[metric] += 1
        state[who] = (name or known, events)
        if now:
            shop.drain()
    if not ids:
        ids = make_segments(shop)
    drain_with_a_death(shop, dies_at)
    wanted = {name: {shop.number(who) for who in people} for name, people in oracle(state).items()}
    assert {name: shop.members(id_) for name, id_ in ids.items()} == wanted
    for name, id_ in ids.items():
        before = memberships.page(shop.table, shop.account, id_, limit=100)
        shop.deliver(SegmentDue(shop.account, id_))
        assert memberships.page(shop.table, shop.account, id_, limit=100) == before, name
        assert memberships.count(shop.table, shop.account, id_) == len(wanted[name])


def drain_with_a_death(shop: Shop, at: int) -> None:
    """Work off the inbox; the worker loses the table at its nth write, and another one goes on."""
    table = shop.table
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connect, "table", lambda locator: Dies(table, at))
        dying = inbox(shop.settings)
    queue = connect.queue(shop.settings.audiences_queue)
    while deliveries := queue.receive(100, visibility_s=60):
        records = [record(one.id, one.receipt, one.body, one.attempt) for one in deliveries]
        failed = {one["itemIdentifier"] for one in dying({"Records": records})["batchItemFailures"]}
        queue.ack([one for one in deliveries if one.id not in failed])
        for one in deliveries:
            if one.id in failed:
                queue.retry(one, delay_s=0)
        if failed:
            break
    shop.drain()
