"""The CDNOW sample that comes with lifetimes (2,357 customers, 6,919 purchases) as an account's orders."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib.metadata import distribution
from pathlib import Path

import numpy as np

from cdp.clv.statistics import Purchases, Spend
from functions.predict import statistics
from tests.unit.predict.asking import Account
from tests.unit.query.files import event

FILE = Path(str(distribution("lifetimes").locate_file("lifetimes/datasets/CDNOW_sample.txt")))
CALIBRATED = datetime(1997, 9, 30, tzinfo=UTC)
SMALLEST = 0.0001  # for nothing, which is no order of ours (SPEC §5): the published tables count such purchases


def store(account: Account) -> None:
    number = account.metric("Placed Order").no
    account.store([
        event(
            line, datetime.strptime(f"{day}+0000", "%Y%m%d%z"),
            metric_id=number, profile_no=int(customer), value=float(value) or SMALLEST, currency="EUR",
        )
        for line, (_, customer, day, _, value) in enumerate(map(str.split, FILE.read_text().splitlines()))
    ])  # fmt: skip


def calibration(account: Account) -> tuple[Purchases, Spend]:
    """Statistics by SQL of the first 39 weeks; spend of repeat purchases."""
    asked = account.asked([], CALIBRATED)
    cut = CALIBRATED + timedelta(microseconds=1)
    purchases = asked.engine.run(account.id, statistics.purchases(asked.book, cut))
    spend = asked.engine.run(account.id, statistics.repeat_spend(asked.book, cut))
    return (
        Purchases(*(purchases[name].to_numpy().astype(np.int64) for name in Purchases._fields)),
        Spend(*(spend[name].to_numpy().astype(np.int64) for name in Spend._fields)),
    )
