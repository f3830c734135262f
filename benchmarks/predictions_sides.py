"""One side of the comparison in a process of its own, so that its memory is its own, too: prints JSON."""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.predictions_data import Customers
from cdp.clv.fits import PurchaseFit, SpendFit
from cdp.clv.statistics import Purchases, Spend, pack, unpack

Int = npt.NDArray[np.int64]
WINDOW_DAYS = 365
# The fitting process as it is, which then tells its peak memory.
_CHILD = """
import sys
from functions.fit import child
child.main()
from benchmarks.predictions_sides import peak
open(sys.argv[1], "w").write(str(peak()))
"""


def peak() -> int:
    """Bytes of memory that this process has held at most."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def _cpu() -> float:
    """Seconds that this process and its children have taken of a core."""
    return sum(os.times()[:4])


def ours(data: Customers) -> dict[str, float]:
    from functions.predict.models.gamma_gamma import expected_order_value
    from functions.predict.models.mbg_nbd import expected_orders, p_alive

    x, recency, age, units = data
    began, cpu_began = time.perf_counter(), _cpu()
    sample = pack(Purchases(*_rows(x, age, recency, order=(0, 2, 1))), Spend(*_rows(x + 1, units, order=(0, 1))))
    packed = time.perf_counter()
    purchases, spend, fit_memory = _fitted(sample)
    fitted = time.perf_counter()
    orders = expected_orders(purchases, x, recency, age, WINDOW_DAYS)
    p_alive(purchases, x, recency, age)
    value = expected_order_value(spend, x + 1, units / (x + 1) / 1e4)
    ended, cpu = time.perf_counter(), _cpu() - cpu_began
    memory = peak()
    rows, amounts = (one.customers.size for one in unpack(sample))
    return {
        "seconds": ended - began, "cpu": cpu, "packing": packed - began, "fitting": fitted - packed, "scoring": ended - fitted,
        "memory": max(memory, fit_memory), "fit_memory": fit_memory,
        "bytes": (len(sample.purchases) + len(sample.spend)) * 4 / 3, "rows": rows, "spend_rows": amounts,
        "revenue": float((orders * value).sum()), **_likelihoods(data, purchases, spend),
    }  # fmt: skip


def _rows(*columns: Int, order: tuple[int, ...]) -> list[Int]:
    """Every different row once, sorted, and how many customers have it; in the product a query does this."""
    widths = [int(column.max()).bit_length() for column in columns]
    key = columns[0]
    for column, width in zip(columns[1:], widths[1:], strict=True):
        key = (key << width) | column
    keys, counts = np.unique(key, return_counts=True)
    found = []
    for width in reversed(widths[1:]):
        found.append(keys & ((1 << width) - 1))
        keys = keys >> width
    found = [keys, *reversed(found)]
    return [*(found[place] for place in order), counts]


def _fitted(sample: Any) -> tuple[PurchaseFit, SpendFit, int]:
    from functions.fit.isolation import Limits, run
    from functions.fit.tasks import FitPurchases, FitSpend

    with NamedTemporaryFile("r") as told:
        command = (sys.executable, "-P", "-c", _CHILD, told.name)
        bought, spent = run([FitPurchases(sample.purchases), FitSpend(sample.spend)], Limits(600, 16_000), {}, command)
        if bought.purchases is None or spent.spend is None:
            raise RuntimeError(f"no fit: {bought.failed}, {spent.failed}")
        return bought.purchases, spent.spend, int(told.read())


def plain(data: Customers) -> dict[str, float]:
    warnings.simplefilter("ignore")
    from lifetimes import GammaGammaFitter, ModifiedBetaGeoFitter

    x, recency, age, units = data
    began, cpu_began = time.perf_counter(), _cpu()
    bought = ModifiedBetaGeoFitter().fit(x, recency / 7, age / 7)
    mean = units / (x + 1) / 1e4
    spent = GammaGammaFitter().fit(x + 1, mean)
    orders = bought.conditional_expected_number_of_purchases_up_to_time(WINDOW_DAYS / 7, x, recency / 7, age / 7)
    bought.conditional_probability_alive(x, recency / 7, age / 7)
    value = spent.conditional_expected_average_profit(x + 1, mean)
    ended, cpu = time.perf_counter(), _cpu() - cpu_began
    memory = peak()
    (r, alpha, a, b), (p, q, v) = bought.params_, spent.params_
    fits = PurchaseFit("MBG/NBD", r, alpha * 7, a, b, 0), SpendFit(p, q, v, 0)
    return {
        "seconds": ended - began, "cpu": cpu, "memory": memory, "revenue": float((orders * value).sum()),
        **_likelihoods(data, *fits),
    }  # fmt: skip


def _likelihoods(data: Customers, purchases: PurchaseFit, spend: SpendFit) -> dict[str, float]:
    """Of all customers, by the same functions for both sides."""
    from lifetimes import GammaGammaFitter

    from functions.predict.models.mbg_nbd import log_likelihood

    x, recency, age, units = data
    orders = (x + 1).astype(float)
    at = np.log([spend.p, spend.q, spend.v])
    of_spend = GammaGammaFitter._negative_log_likelihood(at, orders, units / orders / 1e4, np.ones(x.size), 0)
    return {"purchases": float(log_likelihood(purchases, x, recency, age).sum()), "spend": -float(of_spend) * x.size}


if __name__ == "__main__":
    with np.load(sys.argv[2]) as file:
        columns = Customers(*(file[f"arr_{place}"] for place in range(4)))
    print(json.dumps({"ours": ours, "plain": plain}[sys.argv[1]](columns)))
