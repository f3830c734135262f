"""Every report kind on ten million events: ours (DuckDB, two threads) against chDB on the same files.

Both engines answer the same question; the answers are compared before anything is timed. Runs alternate; the
figures are medians. Ours includes planning, compiling and reading the rows into Python.

python -m benchmarks.reports [--folder DIR] [--events N] [--rounds N] [--only TEXT]
"""

from __future__ import annotations

import argparse
import importlib
import os
import pkgutil
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import kinds
from benchmarks.cases import THREADS, Case, Chdb
from benchmarks.data import EVENT_COUNT, FOLDER, GeneratedLake, generate
from cdp.query.duckdb import DuckdbEngine


def cases() -> Iterator[Case]:
    """Those of every file in `benchmarks/kinds`."""
    for found in pkgutil.iter_modules(kinds.__path__):
        yield from importlib.import_module(f"benchmarks.kinds.{found.name}").CASES


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


def measure(case: Case, engine: DuckdbEngine, chdb: Chdb, rounds: int) -> str:
    """A line of the table."""
    theirs = case.theirs
    if theirs is None:
        return f"{case.name:>36}: ours {alternate(rounds, ours=lambda: case.ours(engine))['ours']:7.3f} s"
    if case.ours(engine) != theirs(chdb):
        raise SystemExit(f"{case.name}: the two engines do not agree")
    taken = alternate(rounds, ours=lambda: case.ours(engine), chdb=lambda: theirs(chdb))
    ratio = taken["ours"] / taken["chdb"]
    return f"{case.name:>36}: ours {taken['ours']:7.3f} s, chDB {taken['chdb']:7.3f} s, ratio {ratio:.2f} (budget 1.0)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--events", type=int, default=EVENT_COUNT)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="cases whose name has this in it")
    options = parser.parse_args()
    generate(options.folder, options.events)
    lake = GeneratedLake(options.folder.absolute())
    engine = DuckdbEngine(lake, threads=THREADS, memory_mb=4096)
    chdb = Chdb(lake, options.folder.parent.absolute())
    print(f"{options.events:,} events; {machine()}; {THREADS} threads each")
    for case in cases():
        if options.only in case.name:
            print(measure(case, engine, chdb, options.rounds), flush=True)


if __name__ == "__main__":
    main()
