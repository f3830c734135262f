"""Fitting and scoring customers, against plain `lifetimes` on one row a customer.

python -m benchmarks.predictions [--rounds N] [CUSTOMERS …]

Ours: statistics of all customers packed, fitted in a child process, every customer scored. Plain: MBG/NBD and
Gamma-Gamma fitted and their conditional expectations asked of every customer. Each in a process of its own, in turn.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.predictions_data import customers

SIZES = (100_000, 1_000_000, 5_000_000)
ROUNDS = 3
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}


def measure(side: str, file: Path) -> dict[str, float]:
    """Seconds and peak memory (bytes) of one side, and its parameters."""
    command = [sys.executable, "-m", "benchmarks.predictions_sides", side, str(file)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=_ONE_THREAD)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def compare(size: int, rounds: int, folder: Path) -> None:
    file = folder / f"{size}.npz"
    np.savez(file, *customers(size))
    both = [(measure("ours", file), measure("plain", file)) for _ in range(rounds)]
    file.unlink()
    ours, plain = ({name: statistics.median(pair[side][name] for pair in both) for name in both[0][side]} for side in (0, 1))
    ratio, of_cpu = (statistics.median(one[name] / other[name] for one, other in both) for name in ("seconds", "cpu"))
    print(
        f"{size:>9,} customers: {ours['seconds']:6.1f} s (packing {ours['packing']:.1f}, fitting {ours['fitting']:.1f}, "
        f"scoring {ours['scoring']:.1f}), plain lifetimes {plain['seconds']:6.1f} s, ratio {ratio:.2f}\n"
        f"{'':>9} of a core {ours['cpu']:.1f} s, plain {plain['cpu']:.1f} s, ratio {of_cpu:.2f}\n"
        f"{'':>9} memory {ours['memory'] / 1e6:,.0f} MB (the fit {ours['fit_memory'] / 1e6:,.0f}), plain "
        f"{plain['memory'] / 1e6:,.0f} MB; message {ours['bytes'] / 1e6:.2f} MB, {ours['rows']:,.0f} rows of purchases, "
        f"{ours['spend_rows']:,.0f} of spend\n"
        f"{'':>9} log-likelihoods apart by {ours['purchases'] / plain['purchases'] - 1:+.1e} (purchases) and "
        f"{ours['spend'] / plain['spend'] - 1:+.1e} (spend), expected revenue by {ours['revenue'] / plain['revenue'] - 1:+.1e}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of sizes up to a million; larger ones get one")
    parser.add_argument("customers", type=int, nargs="*", default=SIZES)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for size in options.customers:
            compare(size, options.rounds if size <= 1_000_000 else 1, Path(folder))


if __name__ == "__main__":
    main()
