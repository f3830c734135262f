"""How reports grow with the events of an account: seconds, peak memory and bytes read, each in a fresh process.

python -m benchmarks.growth [--folder DIR] [--only TEXT] [EVENTS …]
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.cases import THREADS
from benchmarks.data import EVENT_COUNT, FOLDER, GeneratedLake, generate
from benchmarks.reports import cases
from cdp.query.duckdb import DuckdbEngine

SIZES = (1_000_000, EVENT_COUNT)  # 50_000_000 by hand: making them takes long
_IO = Path("/proc/self/io")
_STATUS = Path("/proc/self/status")


def folder_of(events: int, folder: Path) -> Path:
    """The files that `make bench` has made, or others beside them."""
    return folder if events == EVENT_COUNT else folder.with_name(f"{folder.name}-{events // 1_000_000}m")


def measure(name: str, folder: Path) -> None:
    """Prints the figures of the second run as JSON; the first one pays for what is done once."""
    case = next(one for one in cases() if one.name == name)
    engine = DuckdbEngine(GeneratedLake(folder), threads=THREADS, memory_mb=4096)
    case.ours(engine)
    before, began = _read(), time.perf_counter()
    case.ours(engine)
    taken, read = time.perf_counter() - began, _read() - before
    print(json.dumps({"seconds": taken, "read": read, "peak": _peak()}))


def _read() -> int:
    """Bytes that the process has asked of files so far, from the disk or its cache; 0 where nobody counts them."""
    return int(_IO.read_text().split()[1]) if _IO.exists() else 0


def _peak() -> int:
    """Bytes of memory that this process has held at most. What the kernel counts for `getrusage` begins with the
    memory of the process that started this one; its status does not."""
    if not _STATUS.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--only", default="", help="cases whose name has this in it")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    parser.add_argument("events", type=int, nargs="*", default=SIZES)
    options = parser.parse_args()
    if options.measure:
        measure(options.measure, options.folder)
        return
    for events in options.events:
        folder = folder_of(events, options.folder.absolute())
        generate(folder, events)
        for case in cases():
            if options.only in case.name:
                command = [sys.executable, "-m", "benchmarks.growth", "--folder", str(folder), "--measure", case.name]
                found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
                print(
                    f"{events:>11,} {case.name:>36}: {found['seconds']:7.3f} s, "
                    f"peak {found['peak'] / 1e6:6.0f} MB, {found['read'] / 1e6:7.1f} MB read",
                    flush=True,
                )


if __name__ == "__main__":
    main()
