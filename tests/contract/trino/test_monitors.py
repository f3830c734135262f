"""The grammar reads the queries of the room `monitors`, too: they are no report."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cdp.attribution.settings import AttributionSettings
from cdp.documents.monitors import Aggregation, Condition
from cdp.query.counted import KnownMetric
from cdp.query.sql import Query, compile
from functions.monitors.figures import FIGURES
from functions.monitors.measuring import Asked, Measurer
from functions.monitors.seen import Seen
from tests.contract.trino.test_trino import complaints
from tests.unit.monitors.room import Room
from tests.unit.reports.oracle_messages import METRICS

AS_OF = datetime(2026, 6, 30, tzinfo=UTC)
KNOWN = tuple(KnownMetric(f"M{no}", no, name) for no, name in METRICS.items())
SETTINGS = (
    AttributionSettings(),
    AttributionSettings(model="linear", include_bot_clicks=True, include_mpp_opens=False),
)
AGGREGATIONS: tuple[Aggregation, ...] = ("sum", "average")


class Heard:
    """An engine that keeps what it is asked, and answers from the real one."""

    def __init__(self, engine: Any) -> None:
        self.engine, self.queries = engine, list[Query]()
        self.dialect = engine.dialect

    def run(self, account_id: str, query: Query, **further: Any) -> Any:
        self.queries.append(query)
        return self.engine.run(account_id, query)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path)
    yield made
    made.engine.close()


def test_the_sql_of_all_figures_is_trino(room: Room) -> None:
    things = {"metric": "M1", "segment": room.segment().id, "flow": room.flow()}
    heard = Heard(room.engine)
    for settings in SETTINGS:
        seen = Seen(AS_OF, ZoneInfo("Europe/Berlin"), "EUR", {"USD": 0.9}, KNOWN, (), settings, KNOWN[0])
        asked = [
            Asked(kind, things[kind], Condition(name, "less-than", 5, "absolute", how, "last_7_days", channel))
            for kind, figures in FIGURES.items()
            for name, figure in figures.items()
            for how, channel in itertools.product(AGGREGATIONS, figure.channels or (None,))
        ]
        Measurer(room.table, heard, room.account.id, seen).measure(asked)
    texts = {str(n): compile(query, "athena").sql for n, query in enumerate(heard.queries)}
    assert len(texts) == len(SETTINGS) * 6  # metrics, segments, flows by day and as a whole, two for what is silent
    found = complaints(texts)
    assert found.keys() == texts.keys()
    assert {texts[name]: said for name, said in found.items() if said} == {}
