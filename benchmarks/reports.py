"""Two reports on ten million events: ours (DuckDB, two threads) against chDB on the same files.

Both engines answer the same question; the answers are compared before anything is timed. Runs alternate; the
figures are medians. Ours includes planning, compiling and reading the rows into Python.

python -m benchmarks.reports [--folder DIR] [--events N] [--rounds N]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.data import EVENT_COUNT, GeneratedLake, generate
from cdp.lake.tables import EVENTS
from cdp.query.duckdb import DuckdbEngine
from cdp.query.sql import months_between
from functions.reports.aggregate_filters import asked
from functions.reports.kinds import metric_aggregate, rfm
from functions.reports.report import KnownMetric, Scope

THREADS = 2
PLACED = KnownMetric("placed", 1, "Placed Order")
CORRECTIONS = (KnownMetric("cancelled", 2, "Cancelled Order"), KnownMetric("refunded", 3, "Refunded Order"))
SCOPE = Scope(
    "Europe/Berlin",
    "EUR",
    datetime(2026, 7, 1, tzinfo=UTC),
    (PLACED, KnownMetric("opened", 5, "Opened Email")),
)
RFM = rfm.Params(start="2026-05-31", end="2026-06-30")
DAILY = metric_aggregate.Params(
    metric_id="placed",
    measurements=["count", "sum_value", "unique"],
    filter=["greater-or-equal(datetime,2025-07-01)", "less-than(datetime,2026-07-01)"],
    timezone="Europe/Berlin",
)

# The customers once, in memory; every later step reads them from there. ClickHouse repeats a WITH wherever it
# is named, so this is what makes its query fast.
CUSTOMERS = """
CREATE OR REPLACE TABLE customers ENGINE = Memory AS
SELECT profile_no,
  countIf(occurred_at < {start}) AS start_orders,
  sumIf(units, occurred_at < {start}) AS start_units,
  maxIf(occurred_at, occurred_at < {start}) AS start_last,
  count() AS end_orders, sum(units) AS end_units, max(occurred_at) AS end_last
FROM (
  SELECT profile_no, occurred_at, toInt64(round(value * 10000)) AS units
  FROM file('{files}', Parquet)
  WHERE metric_id = 1 AND occurred_at < {end} AND value > 0
)
WHERE units > 0
GROUP BY profile_no
"""
GROUPED = """
CREATE OR REPLACE TABLE grouped ENGINE = Memory AS
WITH
  (SELECT arraySort(groupArray(start_orders)) FROM customers WHERE start_orders > 0) AS so,
  (SELECT arraySort(groupArray(start_units)) FROM customers WHERE start_orders > 0) AS su,
  (SELECT arraySort(groupArray(end_orders)) FROM customers) AS eo,
  (SELECT arraySort(groupArray(end_units)) FROM customers) AS eu
SELECT *, transform(start_code, {codes}, {names}, 'inactive') AS arrived_from,
  transform(end_code, {codes}, {names}, 'inactive') AS arrived_at
FROM (
  SELECT start_orders, start_units, end_orders, end_units,
    intDiv(toUnixTimestamp64Micro({start}) - toUnixTimestamp64Micro(start_last), 86400000000) AS start_days,
    intDiv(toUnixTimestamp64Micro({end}) - toUnixTimestamp64Micro(end_last), 86400000000) AS end_days,
    multiIf(start_days <= 180, 300, start_days <= 365, 200, 100)
      + multiIf(start_orders >= greatest(so[intDiv(2 * length(so), 3) + 1], 3), 30,
                start_orders >= greatest(so[intDiv(length(so), 3) + 1], 2), 20, 10)
      + multiIf(start_units >= su[intDiv(2 * length(su), 3) + 1], 3, start_units >= su[intDiv(length(su), 3) + 1], 2, 1)
      AS start_code,
    multiIf(end_days <= 180, 300, end_days <= 365, 200, 100)
      + multiIf(end_orders >= greatest(eo[intDiv(2 * length(eo), 3) + 1], 3), 30,
                end_orders >= greatest(eo[intDiv(length(eo), 3) + 1], 2), 20, 10)
      + multiIf(end_units >= eu[intDiv(2 * length(eu), 3) + 1], 3, end_units >= eu[intDiv(length(eu), 3) + 1], 2, 1)
      AS end_code
  FROM customers
)
"""
MOVES = """
SELECT if(start_orders > 0, arrived_from, '') AS origin, arrived_at, count() FROM grouped GROUP BY 1, 2 ORDER BY 1, 2
"""
MEDIANS = """
SELECT 'end', arrived_at, count(), quantileExactLow(end_days), quantileExactHigh(end_days),
  quantileExactLow(end_orders), quantileExactHigh(end_orders), quantileExactLow(end_units), quantileExactHigh(end_units)
FROM grouped GROUP BY arrived_at
UNION ALL
SELECT 'start', arrived_from, count(), quantileExactLow(start_days), quantileExactHigh(start_days),
  quantileExactLow(start_orders), quantileExactHigh(start_orders),
  quantileExactLow(start_units), quantileExactHigh(start_units)
FROM grouped WHERE start_orders > 0 GROUP BY arrived_from
"""
PER_DAY = """
SELECT toDate(occurred_at, 'Europe/Berlin') AS day, count(), sum(toInt64(round(value * 10000))), uniqExact(profile_no)
FROM file('{files}', Parquet)
WHERE metric_id = 1 AND occurred_at >= {start} AND occurred_at < {end}
GROUP BY day ORDER BY day
"""


class Ours:
    def __init__(self, lake: GeneratedLake, scope: Scope) -> None:
        self._engine = DuckdbEngine(lake, threads=THREADS, memory_mb=4096)
        self._scope = scope

    def rfm(self) -> tuple[list[Any], list[Any]]:
        rows = rfm.REPORT.rows(self._engine.run("bench", rfm.query(RFM, self._scope)).to_pylist())
        moves = [[r.origin or "", r.arrival, r.customers] for r in rows if r.section == "move" and r.arrival]
        medians = [
            [
                r.cut,
                r.origin,
                r.customers,
                r.days_low,
                r.days_high,
                r.orders_low,
                r.orders_high,
                r.units_low,
                r.units_high,
            ]
            for r in rows
            if r.section == "median"
        ]
        return sorted(moves), sorted(medians)

    def daily(self) -> list[Any]:
        rows = metric_aggregate.REPORT.rows(
            self._engine.run("bench", metric_aggregate.query(DAILY, self._scope)).to_pylist()
        )
        return [[str(r.bucket), r.total, r.units, r.uniques] for r in rows]


class Chdb:
    def __init__(self, lake: GeneratedLake, folder: Path) -> None:
        from chdb.session import Session

        self._session = Session(str(folder / "chdb"))
        self._query(f"SET max_threads = {THREADS}")
        self._query("CREATE DATABASE IF NOT EXISTS bench ENGINE = Atomic")
        self._query("USE bench")
        start, end = rfm.cuts(RFM, SCOPE)
        codes = [code for name, some in rfm.GROUPS.items() for code in some if name != "inactive"]
        names = [name for name, some in rfm.GROUPS.items() for _ in some if name != "inactive"]
        self._rfm = {
            "start": _instant(start),
            "end": _instant(end),
            "files": _glob(lake.files("bench", EVENTS)),
            "codes": str(codes),
            "names": str(names),
        }
        day = asked(DAILY, SCOPE)
        files = lake.files("bench", EVENTS, months_between(day.start, day.end))
        self._daily = {"start": _instant(day.start), "end": _instant(day.end), "files": _glob(files)}

    def rfm(self) -> tuple[list[Any], list[Any]]:
        for text in (CUSTOMERS, GROUPED):
            self._query(text.format(**self._rfm))
        return sorted(self._rows(MOVES)), sorted(self._rows(MEDIANS))

    def daily(self) -> list[Any]:
        return self._rows(PER_DAY.format(**self._daily))

    def _query(self, text: str) -> str:
        return str(self._session.query(text, "JSONCompactEachRow"))

    def _rows(self, text: str) -> list[Any]:
        text += " SETTINGS output_format_json_quote_64bit_integers = 0"
        return [json.loads(line) for line in self._query(text).splitlines()]


def _instant(at: datetime) -> str:
    return f"fromUnixTimestamp64Micro({int(at.timestamp()) * 1_000_000 + at.microsecond})"


def _glob(files: Sequence[str]) -> str:
    names = ",".join(Path(file).stem for file in files)
    return f"{Path(files[0]).parent}/{{{names}}}.parquet"


def alternate(rounds: int, **runs: Callable[[], object]) -> dict[str, float]:
    """Median seconds of each, run in turn, after one round that is not counted."""
    taken: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(rounds + 1):
        for name, run in runs.items():
            began = time.perf_counter()
            run()
            if turn:
                taken[name].append(time.perf_counter() - began)
    return {name: statistics.median(times) for name, times in taken.items()}


def machine() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    name = next(
        (line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor()
    )
    return f"{name}, {os.cpu_count()} CPUs, {platform.system()}, load {os.getloadavg()[0]:.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(".build/bench/events"))
    parser.add_argument("--events", type=int, default=EVENT_COUNT)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    generate(options.folder, options.events)
    lake = GeneratedLake(options.folder.absolute())
    ours, theirs = Ours(lake, SCOPE), Chdb(lake, options.folder.parent.absolute())
    print(f"{options.events:,} events; {machine()}; {THREADS} threads each")
    for name in ("rfm", "daily"):
        mine, other = getattr(ours, name), getattr(theirs, name)
        if mine() != other():
            raise SystemExit(f"{name}: the two engines do not agree")
        taken = alternate(options.rounds, ours=mine, chdb=other)
        ratio = taken["ours"] / taken["chdb"]
        print(
            f"{name:>6}: ours {taken['ours']:.3f} s, chDB {taken['chdb']:.3f} s, ratio {ratio:.2f} (budget 1.0)"
        )
    corrected = Ours(lake, Scope(SCOPE.timezone, SCOPE.currency, SCOPE.as_of, (PLACED, *CORRECTIONS)))
    taken = alternate(max(1, options.rounds // 2), ours=corrected.rfm)
    print(f"   rfm net of cancellations and refunds: ours {taken['ours']:.3f} s")


if __name__ == "__main__":
    main()
