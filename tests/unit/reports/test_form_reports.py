"""Values and series of forms equal a slow count of the log, and are answered at their addresses."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.query.counted import KnownMetric
from functions.reports.form_statistics import METRICS as NAMES
from functions.reports.kinds import form_series, form_values
from functions.reports.report import Scope
from tests.unit.query.files import event
from tests.unit.reports import oracles
from tests.unit.reports.room import NOW, Room
from tests.unit.reports.strategies import ZONES, moments
from tests.unit.reports.test_message_reports import Lab
from tests.unit.reports.test_message_reports import lab as lab

METRICS = tuple(KnownMetric(names[0], no, names[0].upper()) for no, names in enumerate(NAMES.values(), 1))
KINDS = dict(enumerate(NAMES, 1))
STATISTICS = [name for kind in NAMES for name in ((kind,) if kind == "submits" else (kind, f"{kind}_uniques"))]
ALL = [*STATISTICS, "submit_rate"]
GROUPS = (["form_id"], ["form_id", "form_version_id"])


def log_of(seed: int, base: datetime) -> list[dict[str, Any]]:
    pick = random.Random(seed).choice
    return [
        {
            "event_id": n,
            "metric_id": pick([*KINDS, 1, 1, 2]),
            "profile_no": pick([1, 1, 2, 3]),
            "occurred_at": base + timedelta(hours=pick([0, 0, 1, 2, 23, 24, 200]), seconds=pick([0, 3_599])),
            "properties": json.dumps({**pick([{"form_id": "a"}, {"form_id": "b"}, {}]), **pick([{"form_version_id": 7}, {}])}),
        }
        for n in range(1, 40)
    ]


def counted(events: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    of = {kind: [e["profile_no"] for e in events if KINDS[e["metric_id"]] == kind] for kind in NAMES}
    found: dict[str, float] = {}
    for kind, people in of.items():
        found |= {kind: len(people), f"{kind}_uniques": len(set(people))}
    seen = len(of["viewed_form"])
    return {**found, "submit_rate": len(of["submits"]) / seen if seen else 0.0}


@settings(max_examples=10, deadline=None)
@given(
    seed=st.integers(0, 1 << 40), base=moments, zone=st.sampled_from(ZONES), by=st.sampled_from(GROUPS),
    interval=st.sampled_from(["hourly", "daily", "weekly", "monthly"]), until=st.sampled_from([1, 30, 400]),
)  # fmt: skip
def test_values_and_series(
    lab: Lab, seed: int, base: datetime, zone: str, by: list[str], interval: Any, until: int
) -> None:
    log, tz = log_of(seed, base), ZoneInfo(zone)
    first, last = base.date() - timedelta(days=1), base.date() + timedelta(days=4)
    timeframe = {"start": first.isoformat(), "end": last.isoformat()}
    as_of = base + timedelta(hours=until)
    scope = Scope(zone, "EUR", as_of, METRICS)

    def key(e: Mapping[str, Any]) -> tuple[str, ...]:
        held = json.loads(e["properties"])
        return tuple(str(held.get(name, "")) for name in by)

    seen = [
        e for e in log
        if first <= e["occurred_at"].astimezone(tz).date() <= last and e["occurred_at"] <= as_of and key(e)[0]
    ]  # fmt: skip
    keys = sorted({key(e) for e in seen})

    asked = {"statistics": ALL, "timeframe": timeframe, "group_by": by}
    params = msgspec.convert(asked, form_values.Params)
    values: Any = form_values.answer(params, scope, lab.rows(form_values.REPORT, params, scope, log)).attributes
    assert [tuple(one["groupings"].values()) for one in values["results"]] == keys
    for one in values["results"]:
        group = [e for e in seen if key(e) == tuple(one["groupings"].values())]
        assert one["statistics"] == {name: pytest.approx(counted(group)[name]) for name in ALL}

    over = msgspec.convert({**asked, "interval": interval}, form_series.Params)
    series: Any = form_series.answer(over, scope, lab.rows(form_series.REPORT, over, scope, log)).attributes
    assert [tuple(one["groupings"].values()) for one in series["results"]] == keys

    def begin(at: datetime) -> float:
        clock = at.astimezone(tz)
        if interval == "hourly":
            return (at - timedelta(minutes=clock.minute, seconds=clock.second)).timestamp()
        day = oracles.bucket(clock.date(), interval, monday=False)
        return datetime(day.year, day.month, day.day, tzinfo=tz).timestamp()

    times = [datetime.fromisoformat(text).timestamp() for text in series["date_times"]]
    for one, whole in zip(series["results"], values["results"], strict=True):
        for n, at in enumerate(times):
            group = [e for e in seen if key(e) == tuple(one["groupings"].values()) and begin(e["occurred_at"]) == at]
            assert {k: v[n] for k, v in one["statistics"].items()} == {k: pytest.approx(counted(group)[k]) for k in ALL}
        for kind in NAMES:
            assert sum(one["statistics"][kind]) == whole["statistics"][kind]


def body(**further: Any) -> dict[str, Any]:
    return {"statistics": ["viewed_form", "submit_rate"], "timeframe": {"key": "last_7_days"}, **further}


def test_over_http(room: Room) -> None:
    seen, sent = room.metric("Viewed Form"), room.metric("Submitted Form")
    given_ = {"properties": '{"form_id":"F1","form_version_id":"123"}'}
    room.store([
        event(1, NOW - timedelta(days=1), metric_id=seen.no, **given_),
        event(2, NOW - timedelta(days=1), metric_id=sent.no, **given_),
        event(3, NOW - timedelta(days=1), metric_id=seen.no, properties='{"form_id":"F2"}'),
    ])  # fmt: skip
    answer = room.post("/api/form-values-reports", "form-values-report", **body()).data["attributes"]
    assert answer["results"] == [
        {"groupings": {"form_id": "F1"}, "statistics": {"viewed_form": 1, "submit_rate": 1.0}},
        {"groupings": {"form_id": "F2"}, "statistics": {"viewed_form": 1, "submit_rate": 0.0}},
    ]
    for filter_, found in (
        ('equals(form_id,"F1")', ["F1"]), ('any(form_id,["F1","F2"])', ["F1", "F2"]),
        ('any(form_version_id,["123","9"])', ["F1"]), ('and(equals(form_id,"F2"),equals(form_version_id,"123"))', []),
    ):  # fmt: skip
        answer = room.post("/api/form-values-reports", "form-values-report", **body(filter=filter_)).data["attributes"]
        assert [one["groupings"]["form_id"] for one in answer["results"]] == found
    series = room.post("/api/form-series-reports", "form-series-report", **body(interval="daily")).data["attributes"]
    assert len(series["date_times"]) == 8
    assert [one["statistics"]["viewed_form"] for one in series["results"]] == [[0] * 6 + [1, 0]] * 2
    ran = room.run("form_series", body(interval="daily")).data["attributes"]
    assert len(ran["rows"]) == 16


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"statistics": ["opens"]}, "/statistics/0"),
        ({"group_by": ["form_version_id"]}, "/group_by"),
        ({"group_by": ["flow_id"]}, "/group_by/0"),
        ({"filter": "equals(form_id,'a'),any(form_id,['b'])"}, "/filter"),
        ({"filter": "contains(form_id,'a')"}, "/filter"),
        ({"timeframe": {"start": "2036-01-02", "end": "2036-01-01"}}, "/timeframe/end"),
    ],
)
def test_what_is_refused_names_its_field(room: Room, change: dict[str, Any], pointer: str) -> None:
    answer = room.post("/api/form-values-reports", "form-values-report", **body(**change))
    assert answer.status == 400
    assert answer.error["source"]["pointer"] == f"/data/attributes{pointer}"


def test_an_account_without_forms(room: Room) -> None:
    answer = room.post("/api/form-values-reports", "form-values-report", **body()).data["attributes"]
    assert (answer["results"], answer["data_through"]) == ([], None)


def test_a_series_of_forms_that_nobody_saw(room: Room) -> None:
    room.metric("Viewed Form")
    answer = room.post(
        "/api/form-series-reports", "form-series-report",
        statistics=["viewed_form"], timeframe={"key": "last_7_days"}, interval="daily",
    )  # fmt: skip
    assert answer.data["attributes"]["results"] == []
