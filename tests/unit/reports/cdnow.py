"""The CDNOW purchases as lake rows, and as a pandas frame for whoever counts independently."""

from __future__ import annotations

from functools import cache
from importlib.metadata import distribution
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from cdp.lake.tables import EVENTS
from tests.unit.query.files import FileLake, schema

FILE = Path(str(distribution("lifetimes").locate_file("lifetimes/datasets/CDNOW_master.txt")))
ACCOUNT = "cdnow"


@cache
def purchases() -> pd.DataFrame:
    """One row a purchase: customer, at (midnight UTC of its day), value."""
    frame = pd.read_csv(
        FILE, sep=r"\s+", skiprows=1, names=["customer", "day", "cds", "value"], dtype={"day": str}
    )
    return frame.assign(at=pd.to_datetime(frame["day"], format="%Y%m%d", utc=True))


def store(lake: FileLake, metric_no: int = 1) -> None:
    """Write every purchase as an event of its own."""
    frame = purchases()
    n = len(frame)
    instants = pa.array(frame["at"].dt.tz_convert(None).to_numpy("datetime64[us]"), pa.timestamp("us")).cast(
        pa.timestamp("us", "UTC")
    )
    months = (frame["at"].dt.year * 12 + frame["at"].dt.month - 1).to_numpy(np.int32)
    known = {
        "metric_id": pa.array(np.full(n, metric_no, np.int32)),
        "profile_no": pa.array(frame["customer"].to_numpy(np.int32)),
        "occurred_at": instants,
        "event_id": pa.array(np.arange(n)),
        "value": pa.array(frame["value"].to_numpy()),
        "unique_id": pa.array([f"row-{i}" for i in range(n)]),
        "properties": pa.array(["{}"] * n),
        "received_at": instants,
        "month": pa.array(months),
    }
    columns = schema(EVENTS)
    table = pa.table([known.get(f.name, pa.nulls(n, f.type)) for f in columns], schema=columns)
    for month in np.unique(months):
        lake.write_month(ACCOUNT, EVENTS, int(month), table.filter(pa.array(months == month)))
