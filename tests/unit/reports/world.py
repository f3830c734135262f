"""Small random worlds for reports on conversions: events, messages, memberships and profiles, full of coincidences."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from hypothesis import strategies as st

from cdp.attribution.settings import AttributionSettings, Windows
from cdp.lake.tables import EVENTS, PROFILE_HISTORY, SEGMENT_LOG, month_of
from cdp.query.counted import KnownMetric
from cdp.query.duckdb import DuckdbEngine
from cdp.query.sql import Query
from functions.reports.report import KnownSegment, Scope
from tests.unit.attribution.oracle import METRICS, PLACED
from tests.unit.attribution.world import rows
from tests.unit.query.files import FileLake, schema
from tests.unit.reports.oracle_conversions import FREE, SUPPRESSED, Change
from tests.unit.reports.oracle_membership import BEGIN, GROUPS, Entry, row

SETTINGS = (
    AttributionSettings(),
    AttributionSettings(model="linear"),
    AttributionSettings(model="linear", windows=Windows(active_on_site=None, email_click=30), include_bot_clicks=True),
)
SEGMENTS = tuple(
    KnownSegment(id_, name, BEGIN, True, starred, msgspec.Raw(b"{}"))
    for id_, name, starred in zip(GROUPS[:2], ("beta", "Alpha"), (True, False), strict=True)
)
times = st.one_of(st.integers(0, 12), st.integers(0, 80), st.integers(0, 900)).map(
    lambda h: BEGIN + timedelta(hours=h, seconds=(h % 3) * 1_799)
)
_events = st.lists(
    st.fixed_dictionaries(
        {
            "metric_id": st.sampled_from([*METRICS, *[PLACED] * 6, 10, 11, 12, 20]),
            "occurred_at": times,
            "profile_no": st.sampled_from([1, 1, 1, 2, 3]),
            "message": st.sampled_from(["m1", "m2", "m3", None]),
            "machine": st.sampled_from([None, None, None, 1]),
            "units": st.sampled_from([None, 0, 10_000, 99_999, -70_001, 3]),
        }
    ),
    max_size=45,
)
events = _events.map(lambda some: [{**one, "event_id": (n * 7919) % 1009} for n, one in enumerate(some)])


@st.composite
def histories(draw: st.DrawFn) -> list[Change]:
    drafts = draw(
        st.lists(
            st.tuples(
                st.sampled_from(["created", "email", "email", "subscriptions", "properties.plan"]), st.integers(1, 4),
                st.integers(1, 6), times, st.sampled_from([0, 1, 1, 1]),
            ),
            max_size=14, unique_by=lambda draft: draft[:3],
        )
    )  # fmt: skip
    return [
        Change(
            n, name, profile, revision, at,
            (FREE, SUPPRESSED)[value] if name == "subscriptions" else (None, '"x"')[value],
        )
        for n, (name, profile, revision, at, value) in enumerate(drafts)
    ]  # fmt: skip


def scope(zone: str, as_of: datetime, settings: AttributionSettings = SETTINGS[0]) -> Scope:
    metrics = tuple(KnownMetric(f"M{no}", no, name) for no, name in METRICS.items())
    return Scope(zone, "EUR", as_of.astimezone(UTC), metrics, segments=SEGMENTS, attribution=settings)


def bot(gap_s: int) -> pa.Table:
    """A hundred thousand events of profile 7 from `BEGIN` on, all in October: clicks, each with an order of 1.00 a
    second later."""
    n = np.arange(100_000)
    at = int(BEGIN.timestamp()) + n // 2 * gap_s + n % 2
    columns = {
        "metric_id": np.where(n % 2 == 0, 12, PLACED).astype(np.int32),
        "profile_no": np.full(len(n), 7, np.int32),
        "occurred_at": pa.array(at * 1_000_000, pa.timestamp("us")).cast(pa.timestamp("us", "UTC")),
        "event_id": n,
        "value": pa.array(np.ones(len(n)), mask=n % 2 == 0),
        "message": pa.array([f"m{i % 50}" for i in n]),
        "properties": pa.array(["{}"] * len(n)),
        "month": np.full(len(n), month_of(BEGIN), np.int32),
    }
    columns["received_at"] = columns["occurred_at"]
    fields = schema(EVENTS)
    return pa.table([columns.get(f.name, pa.nulls(len(n), f.type)) for f in fields], schema=fields)


class World:
    """One engine; every log is an account of its own."""

    def __init__(self, root: Path) -> None:
        self.lake = FileLake(root)
        self.engine = DuckdbEngine(self.lake)
        self._accounts = itertools.count()

    def rows(
        self,
        query: Query,
        happened: Sequence[dict[str, Any]] = (),
        log: Sequence[Entry] = (),
        history: Sequence[Change] = (),
        further: pa.Table | None = None,
    ) -> list[dict[str, Any]]:
        account = f"a{next(self._accounts)}"
        if further is not None:
            self.lake.write_month(account, EVENTS, month_of(BEGIN), further)
        self.lake.write(account, EVENTS, rows(happened))
        self.lake.write(account, SEGMENT_LOG, [row(entry) for entry in log])
        changes = [
            {"property": c.name, "profile_no": c.profile, "revision": c.revision, "changed_at": c.at, "value": c.value,
             "change_id": c.number, "occurred_at": c.at}
            for c in history
        ]  # fmt: skip
        self.lake.write(account, PROFILE_HISTORY, changes)
        found: list[dict[str, Any]] = self.engine.run(account, query).to_pylist()
        return found


@contextmanager
def opened() -> Iterator[World]:
    with TemporaryDirectory() as folder:
        world = World(Path(folder))
        yield world
        world.engine.close()
