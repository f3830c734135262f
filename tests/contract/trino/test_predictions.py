"""The grammar reads the queries of the room `predict`, too: they are no report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cdp.attribution.settings import AttributionSettings
from cdp.documents import attribution_settings
from cdp.query.sql import Query, compile
from functions.predict import dashboard, examples
from functions.predict.properties import channel_affinity, predicted_gender
from functions.predict.source import Asked
from tests.contract.trino.test_trino import complaints
from tests.unit.attribution.oracle import METRICS
from tests.unit.predict.asking import Account

AS_OF = datetime(2026, 6, 30, tzinfo=UTC)
CASES: tuple[tuple[AttributionSettings, Sequence[int]], ...] = (
    (AttributionSettings(), range(1, 5)),
    (AttributionSettings(model="linear", include_bot_clicks=True), [1, 3]),
)
FURTHER = ("Refunded Order", "Cancelled Order")


class Heard:
    """An engine that keeps what it is asked, and answers from the real one."""

    def __init__(self, engine: Any) -> None:
        self.engine, self.queries = engine, list[Query]()

    def run(self, account_id: str, query: Query) -> Any:
        self.queries.append(query)
        return self.engine.run(account_id, query)


@pytest.mark.parametrize(("settings", "numbers"), CASES)
def test_the_sql_of_affinity_gender_and_examples_is_trino(
    tmp_path: Path, settings: AttributionSettings, numbers: Sequence[int]
) -> None:
    account = Account(tmp_path)
    for metric in (*METRICS.values(), *FURTHER):
        account.metric(metric)
    attribution_settings.STORED.change(account.table, account.id, lambda _: settings)
    heard = Heard(account.engine)
    _ask(account, heard, numbers)
    texts = {str(n): compile(query, "athena").sql for n, query in enumerate(heard.queries)}
    assert len(texts) == 5
    said: Mapping[str, Sequence[str]] = complaints(texts)
    assert said.keys() == texts.keys()
    assert {key: one for key, one in said.items() if one} == {}


def _ask(account: Account, heard: Any, numbers: Sequence[int]) -> None:
    plain = account.asked(numbers, AS_OF)
    asked = Asked(plain.account_id, numbers, AS_OF, plain.book, heard, plain.table)
    look = channel_affinity.prepare if isinstance(numbers, range) else channel_affinity.source  # they share most of it
    look(asked)
    predicted_gender.source(asked)
    examples.choose(asked)
    for query in (dashboard.newest(asked.book.parts(AS_OF, numbers)), examples.best(asked)):
        heard.run(account.id, query)
