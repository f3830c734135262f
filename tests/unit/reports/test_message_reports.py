"""Values and series of campaigns and flows equal their oracle, and what adds up adds up."""

from __future__ import annotations

import itertools
import json
import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp.attribution.settings import AttributionSettings, Windows
from cdp.attribution.statistics import STATISTICS
from cdp.lake.tables import EVENTS
from cdp.query.counted import KnownMetric
from cdp.query.duckdb import DuckdbEngine
from functions.reports.kinds import campaign_values, flow_series, flow_values
from functions.reports.report import Report, Scope
from functions.reports.senders import KnownMessage, Named, Sender
from tests.unit.query.files import FileLake, event
from tests.unit.reports import oracle_messages as oracle
from tests.unit.reports import oracles
from tests.unit.reports.strategies import ZONES, moments

METRICS = tuple(KnownMetric(f"M{no}", no, name) for no, name in oracle.METRICS.items())
PLACED = "M1"
CAMPAIGNS = (
    Sender("c1", "First", (KnownMessage("m1", "Hello", (Named("A", "a"), Named("B", "b"))),), (Named("t1", "x"),)),
    Sender("c2", "Second", (KnownMessage("m2", ""),), (Named("t1", "x"), Named("t2", "y"))),
)
FLOWS = (Sender("f", "Welcome", (KnownMessage("m1", "One"), KnownMessage("m2", "Two")), (Named("t1", "x"),)),)
SETTINGS = (
    AttributionSettings(),
    AttributionSettings(model="linear", include_bot_clicks=True, include_mpp_opens=False),
    AttributionSettings(windows=Windows(email_click=6, active_on_site=None), include_transactional=False),
)
NAMES = list(STATISTICS)
# settings, of flows?, further groupings, filter
ASKED: tuple[tuple[AttributionSettings, bool, list[str], str | None], ...] = (
    (SETTINGS[0], False, ["send_channel"], None),
    (SETTINGS[1], False, ["variation", "text_message_format"], 'equals(send_channel,"email")'),
    (SETTINGS[2], False, [], 'contains-any(variation,["A"])'),
    (SETTINGS[2], True, ["send_channel", "variation"], None),
    (SETTINGS[1], True, [], None),
)
INTERVALS: tuple[tuple[Any, AttributionSettings], ...] = (
    ("hourly", SETTINGS[0]), ("daily", SETTINGS[1]), ("weekly", SETTINGS[2]), ("monthly", SETTINGS[0]),
)  # fmt: skip
ADDITIVE = ("recipients", "delivered", "bounced", "opens", "clicks", "unsubscribes", "conversions")

_HOURS = (0, 0, 0, 1, 1, 2, 5, 7, 23, 24, 25, 47, 72, 119, 120, 121, 200, -30, -200)
_PROPERTIES = (
    "{}",
    '{"Message Format":"mms","Segment Count":2,"$usage_amount":1.5}',
    '{"Message Format":"sms","Segment Count":1}',
)
_OFTEN = (1, 1, 10, 10, 10, 11, 11, 12, 20, 22)


def log_of(seed: int, base: datetime, size: int) -> list[dict[str, Any]]:
    """Everything within some days of `base`; a message is a flow's, a campaign's or, sometimes, both."""
    chance = random.Random(seed)
    pick = chance.choice
    of_flow = pick([("m1",), ("m2", "m3"), ()])
    log = []
    for n in range(1, size + 1):
        message = pick(["m1", "m1", "m1", "m2", "m3", None])
        log.append(
            {
                "event_id": n,
                "metric_id": pick([*oracle.METRICS, *_OFTEN * 3]),
                "occurred_at": base + timedelta(hours=pick(_HOURS), seconds=pick([0, 0, 1, 3_599])),
                "profile_no": pick([1, 1, 1, 2]),
                "message": message,
                "campaign": pick([None, "News"]),
                "flow": "f" if message in of_flow or n % 10 == 9 else None,
                "variation": pick([None, "A", "B"]),
                "machine": pick([None, None, None, 1]),
                "transactional": pick([None, None, None, 1]),
                "units": pick([None, 0, 10_000, 99_999, -70_001]),
                "properties": pick(_PROPERTIES),
            }
        )
    return log


class Case(msgspec.Struct):
    """`first` is a local day (and time); the frame holds most of the log, or a part of it."""

    log: list[dict[str, Any]]
    zone: str
    first: datetime
    days: int
    as_of: datetime


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """The moment is often a change of the clocks."""
    base = draw(moments)
    log = log_of(draw(st.integers(0, 1 << 40)), base, draw(st.sampled_from([0, 1, 12, 40, 40])))
    first = (base - timedelta(days=draw(st.sampled_from([0, 1, 1, 9])))).replace(minute=0, second=0)
    as_of = base + timedelta(hours=draw(st.sampled_from([2, 24, 121, 500, 500])))
    return Case(log, draw(st.sampled_from(ZONES)), first, draw(st.sampled_from([1, 2, 6, 6])), as_of)


class Lab:
    """One engine for all examples; each log is an account of its own."""

    def __init__(self, root: Path) -> None:
        self.lake = FileLake(root)
        self.engine = DuckdbEngine(self.lake)
        self._accounts = itertools.count()

    def rows(
        self, report: Report[Any, Any], params: Any, scope: Scope, log: Sequence[Mapping[str, Any]]
    ) -> list[Any]:
        account = f"a{next(self._accounts)}"
        made = []
        for one in log:
            given_ = {k: v for k, v in one.items() if k not in ("occurred_at", "event_id", "units")}
            value = None if one.get("units") is None else one["units"] / 10_000
            made.append(event(one["event_id"], one["occurred_at"], value=value, **given_))
        self.lake.write(account, EVENTS, made)
        return report.rows(self.engine.run(account, report.query(params, scope)))


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(Path(folder))
        yield lab
        lab.engine.close()


def scope_of(zone: str, as_of: datetime, chosen: AttributionSettings = SETTINGS[0]) -> Scope:
    return Scope(zone, "EUR", as_of, METRICS, attribution=chosen, campaigns=CAMPAIGNS, flows=FLOWS)


def agrees(shown: Mapping[str, Any], group: oracle.Group) -> None:
    wanted = group.statistics()
    for name, value in shown.items():
        cents = name in ("conversion_value", "average_order_value", "revenue_per_recipient", "text_message_spend")
        assert value == pytest.approx(wanted[name], abs=0.00501 if cents else 1e-9), name


def local(text: str) -> str:
    """A time on the account's clock with an offset that means nothing."""
    return f"{text}+05:00"


@settings(max_examples=7, deadline=None)
@given(case=cases(), asked=st.sampled_from(ASKED))
def test_values(
    lab: Lab, case: Case, asked: tuple[AttributionSettings, bool, list[str], str | None]
) -> None:
    chosen, flows, further, only = asked
    log, zone, first, as_of = case.log, case.zone, case.first, case.as_of
    last = first + timedelta(days=case.days)
    start, end = first.replace(tzinfo=ZoneInfo(zone)), last.replace(tzinfo=ZoneInfo(zone))
    kind = flow_values if flows else campaign_values
    head = ["flow_id", "flow_message_id"] if flows else ["campaign_id", "campaign_message_id"]
    params = msgspec.convert(
        {
            "statistics": NAMES, "conversion_metric_id": PLACED, "group_by": [*head, *further], "filter": only,
            "timeframe": {"start": local(first.isoformat()[:19]), "end": local(last.isoformat()[:19])},
        },
        kind.Params,
    )  # fmt: skip
    scope = scope_of(zone, as_of, chosen)

    def key(e: Mapping[str, Any], channel: str, sent: datetime, receipt: Mapping[str, Any] | None) -> Any:
        def trait(read: Any) -> str:
            return (read(receipt) if receipt else None) or read(e) or ""

        variation = trait(lambda one: one["variation"])
        if only and (("email" in only and channel != "email") or ("variation" in only and variation != "A")):
            return None
        held = {
            "send_channel": oracle.CHANNELS[channel],
            "variation": variation,
            "text_message_format": trait(lambda one: json.loads(one["properties"]).get("Message Format")),
        }
        name = oracle.name_of(e)
        sender = e["flow"] if flows else {"m1": "c1", "m2": "c2"}.get(str(name), name)
        return (sender, name, *(held[one] for one in further))

    wanted = oracle.groups(log, chosen, start, min(end, as_of + timedelta(seconds=1)), as_of, key, flows=flows)
    shown: Any = kind.answer(params, scope, lab.rows(kind.REPORT, params, scope, log)).attributes["results"]
    assert [tuple(one["groupings"].values()) for one in shown] == sorted(wanted)
    for one in shown:
        agrees(one["statistics"], wanted[tuple(one["groupings"].values())])
        of = one["statistics"]
        assert of["delivered"] == of["recipients"] - of["bounced"] - of["failed"]
        assert of["opens_unique"] <= of["opens"]
        assert of["clicks_unique"] <= of["clicks"]


@settings(max_examples=5, deadline=None)
@given(case=cases(), asked=st.sampled_from(INTERVALS), monday=st.booleans())
def test_series_and_their_sums(
    lab: Lab, case: Case, asked: tuple[Any, AttributionSettings], monday: bool
) -> None:
    interval, chosen = asked
    log, zone, first, as_of = case.log, case.zone, case.first, case.as_of
    last = first + timedelta(days={"hourly": 6, "daily": 50, "weekly": 200, "monthly": 300}[interval])
    timeframe = {"start": first.date().isoformat(), "end": last.date().isoformat()}
    given_ = {"statistics": NAMES, "conversion_metric_id": PLACED, "timeframe": timeframe}
    params = msgspec.convert({**given_, "interval": interval}, flow_series.Params)
    scope = msgspec.structs.replace(scope_of(zone, as_of, chosen), week_starts_monday=monday)
    tz = ZoneInfo(zone)

    def begin(sent: datetime) -> datetime:
        clock = sent.astimezone(tz)
        if interval == "hourly":
            return sent - timedelta(minutes=clock.minute, seconds=clock.second)
        day = oracles.bucket(clock.date(), interval, monday=monday)
        return datetime(day.year, day.month, day.day, tzinfo=tz)

    def key(e: Mapping[str, Any], channel: str, sent: datetime, receipt: object) -> Any:
        return (e["flow"], oracle.name_of(e), oracle.CHANNELS[channel], begin(sent).timestamp())

    start = datetime(first.year, first.month, first.day, tzinfo=tz)
    day = last.date() + timedelta(days=1)
    end = min(datetime(day.year, day.month, day.day, tzinfo=tz), as_of + timedelta(seconds=1))
    wanted = oracle.groups(log, chosen, start, end, as_of, key, flows=True)
    shown: Any = flow_series.answer(params, scope, lab.rows(flow_series.REPORT, params, scope, log)).attributes
    at = [datetime.fromisoformat(text).timestamp() for text in shown["date_times"]]
    assert at == sorted(set(at))
    seen = set()
    for one in shown["results"]:
        for n, moment in enumerate(at):
            group = (*one["groupings"].values(), moment)
            seen.add(group)
            agrees({k: v[n] for k, v in one["statistics"].items()}, wanted.get(group, oracle.Group()))
    assert set(wanted) <= seen

    whole = msgspec.convert(given_, flow_values.Params)
    values: Any = flow_values.answer(whole, scope, lab.rows(flow_values.REPORT, whole, scope, log)).attributes["results"]
    assert [one["groupings"] for one in values] == [one["groupings"] for one in shown["results"]]
    for total, over_time in zip(values, shown["results"], strict=True):
        for name in ADDITIVE:
            assert sum(over_time["statistics"][name]) == pytest.approx(total["statistics"][name])
