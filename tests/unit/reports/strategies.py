"""Small random event logs that are full of coincidences: equal times, keys and amounts."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from functions.record.facts import of_product
from tests.unit.query.files import event
from tests.unit.reports.oracles import CANCELLATION, ORDER, REFUND, Happened, utc

BEGIN = utc(2024, 9, 1)
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia")
_SECONDS = [0, 1, 3_599, 3_600, 79_200, 82_799, 82_800, 86_399]
_VALUES: list[Any] = ["a", "b", "", "10", 10, 9.5, True, None, [1], {"x": 1}]

moments = st.builds(
    lambda day, second: BEGIN + timedelta(days=day, seconds=second),
    st.one_of(st.integers(0, 40), st.integers(0, 500), st.sampled_from([55, 56, 62, 63, 190, 191, 210, 211])),
    st.sampled_from(_SECONDS),
)
maybe_key = st.one_of(st.none(), st.sampled_from(["A", "B", "C"]))


@st.composite
def logs(
    draw: st.DrawFn, *, metrics: tuple[int, ...] = (ORDER,), size: int = 25, profiles: int = 6
) -> list[Happened]:
    drafts = draw(
        st.lists(
            st.tuples(
                st.sampled_from(metrics), st.integers(1, profiles), moments,
                st.one_of(st.none(), st.sampled_from([-500, 0, 500, 1000, 1001, 2500]), st.integers(1, 99_999)),
                st.sampled_from([None, None, "EUR", "USD", "XXX"]), maybe_key, maybe_key,
                st.dictionaries(st.sampled_from(["p", 'q"uote', "a.b", "URL"]), st.sampled_from(_VALUES), max_size=2),
                st.one_of(st.none(), st.dictionaries(st.just("plan"), st.sampled_from(_VALUES), max_size=1)),
            ),
            max_size=size,
        )
    )  # fmt: skip
    return [Happened(n + 1, *draft) for n, draft in enumerate(drafts)]


def orders_and_corrections(size: int = 25) -> st.SearchStrategy[list[Happened]]:
    return logs(metrics=(ORDER, ORDER, ORDER, CANCELLATION, REFUND), size=size, profiles=5)


def row(e: Happened) -> dict[str, Any]:
    """The event as the lake has it; every other one is older than the typed columns of products."""
    name, categories = of_product(e.properties) if e.number % 2 else (None, None)
    return event(
        e.number, e.at, metric_id=e.metric, profile_no=e.profile, value=None if e.cents is None else e.cents / 100,
        currency=e.currency, order_id=e.order_id, unique_id=e.unique_id, properties=json.dumps(e.properties),
        profile_properties=None if e.profile_properties is None else json.dumps(e.profile_properties),
        product_name=name, categories=categories,
    )  # fmt: skip


def day(at: datetime) -> str:
    return at.date().isoformat()
