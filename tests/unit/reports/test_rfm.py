"""RFM of custom metrics, the groups of single customers, requirements, and the segments that use the properties."""

from __future__ import annotations

import itertools
import json
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.documents import custom_metrics, segments
from cdp.documents.custom_metrics import CustomMetric, Definition, MetricGroup
from cdp.documents.rfm import Dimensions
from cdp.documents.segments import Segment
from cdp.filters.events import read_filters
from cdp.lake.tables import EVENTS, PROFILE_HISTORY
from cdp.model.read_only import GROUP
from cdp.query.counted import Counted, Group, KnownMetric
from cdp.query.duckdb import DuckdbEngine
from functions.reports.kinds import rfm, rfm_columns, rfm_plan
from functions.reports.kinds.rfm_groups import NAMES, differences, groups
from functions.reports.kinds.rfm_results import answer
from functions.reports.report import Scope
from tests.unit.query.files import FileLake, event, schema
from tests.unit.reports import oracles
from tests.unit.reports.oracles import Happened, utc
from tests.unit.reports.read import read
from tests.unit.reports.room import NOW, Room
from tests.unit.reports.strategies import logs, moments, orders_and_corrections, row
from tests.unit.reports.test_oracles import METRICS, RATES, rfm_settings

EXAMPLES = settings(max_examples=8, deadline=None)
WEB, SHOP = KnownMetric("W", 1, "Web Order"), KnownMetric("S", 2, "Shop Order")
GIFT = [{"property": "p", "filter": {"type": "string", "operator": "equals", "value": "a"}}]
DEAR = [{"property": "$value", "filter": {"type": "numeric", "operator": "greater-than", "value": 10}}]
CUSTOM = Counted(
    "custom", "All but small gifts",
    (Group(WEB, read_filters(GIFT, "")), Group(WEB, read_filters(DEAR, "")), Group(SHOP)),
    custom=True,
)  # fmt: skip


class Lab:
    """One engine for all examples; each log is an account of its own."""

    def __init__(self, root: Path) -> None:
        self.lake = FileLake(root)
        self.engine = DuckdbEngine(self.lake)
        self._accounts = itertools.count()

    def run(self, query: Any, log: list[Happened], history: list[dict[str, Any]] | None = None) -> list[dict[str, Any]]:
        account = f"a{next(self._accounts)}"
        self.lake.write(account, EVENTS, [row(e) for e in log])
        if history:
            self.lake.write_month(account, PROFILE_HISTORY, 0, pa.Table.from_pylist(history, schema(PROFILE_HISTORY)))
        found: list[dict[str, Any]] = self.engine.run(account, query).to_pylist()
        return found


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(Path(folder))
        yield lab
        lab.engine.close()


@EXAMPLES
@given(
    log=st.one_of(logs(), orders_and_corrections()), cut=moments, given_settings=rfm_settings,
    rates=st.sampled_from([{}, RATES]),
)  # fmt: skip
def test_everybodys_group(
    lab: Lab, log: list[Happened], cut: datetime, given_settings: dict[str, Any], rates: dict[str, int]
) -> None:
    known = METRICS if any(e.metric > 1 for e in log) else METRICS[:1]
    scope = Scope("Europe/Berlin", "EUR", cut, known, rates)
    query = groups(None, msgspec.convert(given_settings, Dimensions), cut, scope)
    found = {one["profile_no"]: NAMES[one["place"] - 1] for one in lab.run(query, log)}
    people = oracles.customers(log, cut, rates)
    expected = oracles._groups(people, cut, given_settings) if people else {}
    assert found == {no: name.replace("_", " ").capitalize() for no, name in expected.items()}


@EXAMPLES
@given(
    log=logs(size=12), cut=moments, after=st.integers(0, 4), most=st.integers(1, 7),
    history=st.lists(
        st.tuples(st.integers(1, 8), st.sampled_from([*NAMES, None, "Elsewhere"])), max_size=8
    ),
)  # fmt: skip
def test_whose_group_differs(
    lab: Lab, log: list[Happened], cut: datetime, after: int, most: int, history: list[tuple[int, str | None]]
) -> None:
    """What counts is the newest value of the history; what comes out is in order, behind a number, so many."""
    scope = Scope("UTC", "EUR", cut, METRICS[:1])
    wanted = groups(None, Dimensions(), cut, scope)
    rows = [
        {
            "property": f"properties.{GROUP}", "profile_no": no, "revision": revision, "changed_at": cut,
            "value": None if name is None else json.dumps(name), "change_id": revision, "month": 0,
        }
        for revision, (no, name) in enumerate(history, 1)
    ]  # fmt: skip
    people = oracles.customers(log, cut, {})
    now = {no: name.replace("_", " ").capitalize() for no, name in oracles._groups(people, cut, {}).items()} if people else {}
    held = {no: name if name in NAMES else None for no, name in history}
    everybody = sorted(now.keys() | held.keys())
    expected = [(no, now.get(no)) for no in everybody if no > after and now.get(no) != held.get(no)][:most]
    found = lab.run(differences(wanted, after, most), log, rows)
    assert [(one["profile_no"], NAMES[one["place"] - 1] if one["place"] else None) for one in found] == expected


@EXAMPLES
@given(
    log=logs(metrics=(1, 1, 2), size=25),
    cuts=st.lists(moments.map(lambda at: at.replace(month=3)), min_size=2, max_size=2, unique=True),
    given_settings=rfm_settings, rates=st.sampled_from([{}, RATES]),
)  # fmt: skip
def test_a_custom_metric(
    lab: Lab, log: list[Happened], cuts: list[datetime], given_settings: dict[str, Any], rates: dict[str, int]
) -> None:
    """Like a metric of the events that match any group, each once."""
    start, end = sorted(cuts)
    scope = Scope("UTC", "EUR", utc(2026, 7, 1), (WEB, SHOP), rates, custom_metrics=(CUSTOM,))
    wanted = {"start": start.isoformat(), "end": end.isoformat(), "metric_id": "custom", "settings": given_settings}
    params = msgspec.convert(wanted, rfm.Params)
    rows = read(rfm.REPORT, lab.run(rfm.query(params, scope), log))
    shown: Any = answer(params, scope, rows).attributes
    counted = [
        Happened(e.number, 1, e.profile, e.at, e.cents, e.currency)
        for e in log
        if e.metric == 2 or e.properties.get("p") == "a" or (e.cents or 0) > 1000
    ]
    expected = oracles.rfm(counted, start, end, given_settings, rates)
    assert {(one["from"], one["to"]): one["count"] for one in shown["transitions"]} == expected["moves"]
    assert sum(one["end"]["count"] for one in shown["results"]) == sum(expected["moves"].values())
    strange = {e.number for e in counted if e.at < end and e.currency not in (None, "EUR", *rates) and (e.cents or 0) > 0}
    people = oracles.customers(counted, end, rates)
    assert shown["unconverted_orders"] == len([e for e in counted if e.number in strange and e.profile in people])
    single = groups("custom", msgspec.convert(given_settings, Dimensions), end, scope)
    assert len(lab.run(single, log)) == len(people)


@EXAMPLES
@given(
    log=st.one_of(logs(size=25), orders_and_corrections()),
    cuts=st.lists(moments.map(lambda at: at.replace(month=3)), min_size=2, max_size=2, unique=True),
    given_settings=rfm_settings, rates=st.sampled_from([{}, RATES]), custom=st.booleans(),
    profiles=st.sampled_from([1, 3, 1 << 19]),
)  # fmt: skip
def test_the_plan_for_duckdb_equals_the_portable_text(
    lab: Lab, log: list[Happened], cuts: list[datetime], given_settings: dict[str, Any], rates: dict[str, int], custom: bool,
    profiles: int,
) -> None:
    start, end = sorted(cuts)
    metrics = (WEB, SHOP) if custom else METRICS if any(e.metric > 1 for e in log) else METRICS[:1]
    scope = Scope("UTC", "EUR", utc(2026, 7, 1), metrics, rates, custom_metrics=(CUSTOM,), last_profile=12)
    wanted = {"start": start.isoformat(), "end": end.isoformat(), "settings": given_settings}
    query = rfm.query(msgspec.convert({**wanted, "metric_id": "custom"} if custom else wanted, rfm.Params), scope)
    assert query.duckdb is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rfm_columns, "_FIRST_RANGE", profiles)
        assert lab.run(query, log) == lab.run(replace(query, duckdb=None), log)


def test_many_profiles_take_the_portable_text_and_few_do_not(lab: Lab) -> None:
    scope = Scope("UTC", "EUR", utc(2026, 7, 1), METRICS[:1], last_profile=2)
    query = rfm.query(rfm.Params(start="2026-01-01", end="2026-02-01"), scope)
    log = [Happened(1, 1, 1, utc(2026, 1, 15), 500, None), Happened(2, 1, 2, utc(2025, 1, 15), 900, None)]
    whole = lab.run(replace(query, duckdb=None), log)
    assert whole
    for most, portable in ((2, False), (1, True)):
        asked: list[Any] = []

        def told(part: Any, asked: list[Any] = asked) -> Any:
            asked.append(part)
            return pa.Table.from_pylist(lab.run(part, log))

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(rfm_plan, "MOST", most)
            assert query.duckdb is not None
            assert query.duckdb(told).to_pylist() == whole
        assert ([one.text for one in asked] == [query.text]) is portable


def placed(number: int, profile: int, days_ago: int, no: int, **more: Any) -> dict[str, Any]:
    at = NOW - timedelta(days=days_ago)
    return event(number, at, metric_id=no, profile_no=profile, value=10.0, order_id=str(number), **more)


def requirements(room: Room, **asked: Any) -> dict[str, tuple[bool, int | None]]:
    found = room.rfm(**asked).data["attributes"]["requirements"]
    return {one["name"]: (one["met"], one["found"]) for one in found}


def test_requirements(room: Room) -> None:
    no = room.metric("Placed Order").no
    nothing = {"customers": (False, 0), "days_of_history": (False, None), "days_since_last_order": (False, None)}
    assert requirements(room) == {**nothing, "customers_with_three_orders": (False, 0)}
    room.store([placed(n, n, 31, no) for n in range(1, 500)])
    assert requirements(room) == {
        "customers": (False, 499), "days_of_history": (False, 31), "days_since_last_order": (False, 31),
        "customers_with_three_orders": (False, 0),
    }  # fmt: skip
    room.store([placed(1000, 500, 30, no), placed(1001, 1, 180, no), placed(1002, 1, 90, no)])
    assert requirements(room) == {
        "customers": (True, 500), "days_of_history": (True, 180), "days_since_last_order": (True, 30),
        "customers_with_three_orders": (True, 1),
    }  # fmt: skip
    room.metric("Cancelled Order")  # the same where corrections are looked for
    assert {met for met, _ in requirements(room).values()} == {True}
    early = requirements(room, start="2036-01-05", end="2036-02-01")
    assert (early["customers"], early["days_of_history"]) == ((False, 1), (False, 29))


def condition(name: str) -> dict[str, Any]:
    filter_ = {"type": "existence", "operator": "is-set"}
    return {"type": "profile-property", "property": f"properties['{name}']", "filter": filter_}


def test_segments_that_use_the_properties(room: Room) -> None:
    room.metric("Placed Order")
    for id_, name, *conditions in (
        ("s1", "Both", condition("Current RFM group"), condition("Previous RFM group")),
        ("s2", "Another property", condition("My RFM group")),
        ("s3", "A value", {**condition("plan"), "filter": {"type": "string", "operator": "equals", "value": GROUP}}),
        ("s4", "Added", condition("RFM group last changed")),
    ):
        definition = msgspec.Raw(json.dumps({"condition_groups": [{"conditions": conditions}]}).encode())
        assert segments.save(room.table, room.account.id, Segment(id_, name, NOW, NOW, definition), 0)
    assert room.rfm().data["attributes"]["segments"] == [
        {"id": "s4", "name": "Added", "is_active": True, "properties": ["RFM group last changed"]},
        {"id": "s1", "name": "Both", "is_active": True, "properties": ["Current RFM group", "Previous RFM group"]},
    ]


def test_a_custom_metric_that_is_gone(room: Room) -> None:
    no = room.metric("Placed Order")
    made = CustomMetric("c" * 32, "m", NOW, NOW, Definition("value", (MetricGroup(no.id),)))
    seen = custom_metrics.CUSTOM_METRICS.shelf(room.table, room.account.id)
    assert room.table.write([custom_metrics.putting(room.account.id, made, seen)]) == [True]
    room.store([placed(1, 1, 3, no.no)])
    body = {"data": {"type": "rfm-settings", "id": "default", "attributes": {"metric_id": made.id}}}
    assert room.call("PATCH", "/api/rfm-settings/default", body).status == 200
    assert room.rfm().data["attributes"]["metric_id"] == made.id
    seen = custom_metrics.CUSTOM_METRICS.shelf(room.table, room.account.id)
    assert room.table.write([custom_metrics.removing(room.account.id, made.id, seen)]) == [True]
    error = room.rfm().error
    assert (error["status"], error["source"]) == (400, {"pointer": "/data/attributes/metric_id"})
    assert room.rfm(metric_id=no.id).status == 200
    assert room.aggregate(metric_id=made.id, measurements=["count"], filter=["x"]).error["status"] == 400
    assert NOW.tzinfo is UTC
