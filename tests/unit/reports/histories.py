"""Random histories of profiles' attributes beside the logs of events, and an engine over both."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from cdp.lake.tables import EVENTS, PROFILE_HISTORY, month_of
from cdp.query.counted import KnownMetric
from cdp.query.duckdb import DuckdbEngine
from cdp.query.sql import Query
from functions.reports.report import Report, Scope
from tests.unit.query.files import FileLake, schema
from tests.unit.reports.oracle_properties import Change
from tests.unit.reports.oracles import Happened
from tests.unit.reports.read import read
from tests.unit.reports.strategies import moments, row

METRICS = (KnownMetric("O", 1, "Placed Order"), KnownMetric("V", 2, "Viewed Product"), KnownMetric("W", 3, "Placed Order"))
_VALUES: list[Any] = ["a", "b", "", "10", 10, 9.5, True, None, [1, "a"]]
ATTRIBUTES = ("properties.plan", "email")

histories = st.lists(
    st.tuples(st.integers(1, 4), st.sampled_from(ATTRIBUTES), moments, st.sampled_from(_VALUES)), max_size=14
).map(lambda drafts: [Change(p, a, n, at, v) for n, (p, a, at, v) in enumerate(drafts)])

texts = st.fixed_dictionaries({
    "type": st.just("string"), "operator": st.sampled_from(["equals", "not-equals"]), "value": st.sampled_from(["a", "10", "true"]),
})  # fmt: skip
several = st.fixed_dictionaries({
    "type": st.just("string"), "operator": st.just("in"),
    "value": st.lists(st.sampled_from(["a", "9.5", ""]), min_size=1, unique=True),
})  # fmt: skip
numbers = st.fixed_dictionaries({
    "type": st.just("numeric"), "operator": st.just("greater-than"), "value": st.sampled_from([0, 9.5]),
})  # fmt: skip
existence = st.sampled_from([{"type": "existence", "operator": "is-set"}, {"type": "existence", "operator": "not-set"}])
_event = st.fixed_dictionaries({
    "source": st.just("event"), "property": st.sampled_from(["p", 'q"uote', "a.b"]),
    "filter": st.one_of(texts, several, numbers, existence),
})  # fmt: skip
_profile = st.fixed_dictionaries({
    "source": st.just("profile"), "property": st.sampled_from(["plan", "email"]),
    "filter": st.one_of(texts, several, numbers, st.none()),
})  # fmt: skip
conditions = st.lists(st.one_of(_event, _profile), max_size=3)
event_groups = st.sampled_from(["p", 'q"uote']).map(lambda name: ("event", name))
profile_groups = st.sampled_from(["plan", "email"]).map(lambda name: ("profile", name))


class Lab:
    """One engine for all examples; each log is an account of its own."""

    def __init__(self, root: Path) -> None:
        self.lake = FileLake(root)
        self.engine = DuckdbEngine(self.lake)
        self._accounts = itertools.count()

    def store(self, log: Sequence[Happened], changes: Sequence[Change] = ()) -> str:
        account = f"a{next(self._accounts)}"
        self.lake.write(account, EVENTS, [row(e) for e in log])
        write_history(self.lake, account, changes)
        return account

    def rows(
        self, report: Report[Any, Any], params: Any, scope: Scope, log: Sequence[Happened], changes: Sequence[Change] = ()
    ) -> list[Any]:
        return read(report, self.run(self.store(log, changes), report.query(params, scope)))

    def run(self, account: str, query: Query) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.engine.run(account, query).to_pylist()
        return rows


def write_history(lake: FileLake, account: str, changes: Sequence[Change]) -> None:
    for month in {month_of(change.at) for change in changes}:
        rows = [
            {"property": c.attribute, "profile_no": c.profile, "revision": c.revision, "changed_at": c.at,
             "value": None if c.value is None else json.dumps(c.value, separators=(",", ":")), "change_id": n, "month": month}
            for n, c in enumerate(changes) if month_of(c.at) == month
        ]  # fmt: skip
        lake.write_month(account, PROFILE_HISTORY, month, pa.Table.from_pylist(rows, schema(PROFILE_HISTORY)))
