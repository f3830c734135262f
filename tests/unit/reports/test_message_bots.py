"""Somebody who got, opened and clicked a message 100,000 times is one person, and costs one pass."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from cdp.lake.tables import EVENTS
from functions.reports.kinds import campaign_values
from tests.unit.query.files import schema
from tests.unit.reports import oracle_messages as oracle
from tests.unit.reports.oracles import utc
from tests.unit.reports.test_message_reports import PLACED, Lab, scope_of

N = 100_000
BEGIN = utc(2026, 3, 2)
KINDS = (10, 11, 12, 1)  # received, opened, clicked, ordered: a second of each in turn


def test_a_bot(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    number = np.arange(N)
    at = pa.array(int(BEGIN.timestamp() * 1e6) + number * 2_000_000, pa.int64()).cast(pa.timestamp("us", "UTC"))
    kinds = np.array(KINDS)[number % len(KINDS)]
    columns: dict[str, Any] = {
        "metric_id": pa.array(kinds, pa.int32()),
        "profile_no": pa.array(np.full(N, 7), pa.int32()),
        "occurred_at": at,
        "received_at": at,
        "event_id": pa.array(number + 1, pa.int64()),
        "value": pa.array(np.full(N, 2.5)),
        "message": pa.array(["m1"] * N),
        "properties": pa.array(["{}"] * N),
        "month": pa.array(np.full(N, 2026 * 12 + 2), pa.int32()),
    }
    held = [columns.get(field.name, pa.nulls(N, field.type)) for field in schema(EVENTS)]
    lab.lake.write_month("bot", EVENTS, 2026 * 12 + 2, pa.Table.from_arrays(held, schema=schema(EVENTS)))
    frame = {"start": BEGIN.isoformat(), "end": (BEGIN + timedelta(seconds=N)).isoformat()}
    names = ["recipients", "opens", "opens_unique", "clicks", "clicks_unique", "conversions", "conversion_uniques",
             "conversion_value", "open_rate"]  # fmt: skip
    params = msgspec.convert(
        {"statistics": names, "timeframe": frame, "conversion_metric_id": PLACED}, campaign_values.Params
    )
    scope = scope_of("UTC", BEGIN + timedelta(days=300))
    rows = campaign_values.REPORT.rows(lab.engine.run("bot", campaign_values.query(params, scope)))
    (one,) = campaign_values.answer(params, scope, rows).attributes["results"]  # type: ignore[misc]
    lab.engine.close()
    half = N // 8  # the frame ends after half of the events
    assert one["statistics"] == {
        "recipients": half, "opens": half, "opens_unique": 1, "clicks": half, "clicks_unique": 1, "conversions": half,
        "conversion_uniques": 1, "conversion_value": half * 2.5, "open_rate": 1 / half,
    }  # fmt: skip
    assert set(KINDS) <= set(oracle.METRICS)
