"""Any order of events, merges, erasures and compactions, and a death at any call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cdp.documents import merges
from cdp.lake.tables import EVENTS, ORDER_ITEMS
from tests.unit.rewrite.conftest import Killed, Shop, dying

PEOPLE = "abcdef"
Step = st.one_of(
    st.tuples(st.just("send"), st.sampled_from(PEOPLE), st.sampled_from(["1", "2", "3"])),
    st.tuples(st.just("merge"), st.sampled_from(PEOPLE), st.sampled_from(PEOPLE)),
    st.tuples(st.just("erase"), st.sampled_from(PEOPLE), st.just("")),
    st.tuples(st.just("die"), st.integers(0, 45), st.booleans()),
    st.tuples(st.just("compact"), st.just(""), st.just("")),
)


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(Step, min_size=4, max_size=9))
def test_whatever_happens_every_event_has_one_living_owner(
    open_shop: Callable[[], Shop], steps: list[tuple[Any, Any, Any]]
) -> None:
    shop = open_shop()
    owner = dict(zip(PEOPLE, PEOPLE, strict=True))  # who a person is now; "" for erased
    held: dict[str, set[str]] = {who: set() for who in PEOPLE}
    for who in PEOPLE:
        shop.send(who, "0", lines=1)
        held[who].add("0")
    for kind, one, other in steps:
        if kind == "send" and owner[one] == one:
            shop.send(one, other, lines=1)
            held[one].add(other)
        elif kind == "merge" and owner[one] == one and owner[other] == other and one != other:
            shop.end(one, shop.no(other))
            held[other] |= held.pop(one)
            owner[one] = other
        elif kind == "erase" and owner[one] == one:
            shop.end(one, merges.ERASED)
            del held[one]
            owner[one] = ""
        elif kind == "die":
            try:
                shop.rewrite(**dying(shop, one, done=other))
            except Killed:
                continue
        elif kind == "compact":
            for table in (EVENTS, ORDER_ITEMS):
                shop.lake.compact(shop.account, table, everything=True)
    shop.rewrite()
    expected = sorted((shop.no(who), unique) for who, uniques in held.items() for unique in uniques)
    assert shop.rows() == expected
    assert shop.rows(ORDER_ITEMS, "profile_no, event_id") == shop.rows(columns="profile_no, event_id")
    assert merges.pending(shop.table, shop.account) == {}
