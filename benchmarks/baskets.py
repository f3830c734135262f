"""Next best product on held-out last baskets: how often one of ten products is in the basket.

python -m benchmarks.baskets [--last N]

Every household's last basket is held out, everything before it is learned from, through the platform's own learning:
a lake of orders, its SQL, its documents. `--last 2` holds out the last but one (and forgets the last): for tuning.
Three questions: among products never bought before; among those bought before, and among all, without those of the
newest known basket, which is never offered.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from benchmarks.basket_data import Baskets, load
from benchmarks.basket_rankers import BASELINES, History, Ranker, Scores
from benchmarks.basket_shop import ours

TEN = 10
Mask = npt.NDArray[np.bool_]


class Question(NamedTuple):
    """Which products may be named (n_households, n_types), and which of them are in the held-out basket."""

    name: str
    allowed: Mask
    wanted: Mask


class Hits(NamedTuple):
    """Rates, over the households whose basket has something to find."""

    first: float
    ten: float


def held_out(baskets: Baskets, last: int) -> tuple[History, Mask]:
    """What is known before, and what is in the held-out baskets."""
    tested = baskets.tested(last)
    households = np.flatnonzero(tested)
    history = History(baskets.before(last), households)
    target = np.zeros((len(tested), len(baskets.names)), bool)
    chosen = (baskets.place == last - 1) & tested[baskets.household]
    target[baskets.household[chosen], baskets.type[chosen]] = True
    return history, target[households]


def questions(history: History, target: Mask) -> Iterator[Question]:
    before = history.of_households(history.bought) > 0
    free = history.of_households(history.newest()) == 0
    yield Question("never bought", ~before, target & ~before)
    yield Question("bought before", before & free, target & before & free)
    yield Question("all", free, target & free)


def hits(scores: Scores, question: Question) -> Hits:
    some = question.wanted.any(1)
    allowed = np.where(question.allowed, scores, -np.inf)[some]
    best = np.argsort(-allowed, axis=1, kind="stable")[:, :TEN]
    found = np.take_along_axis(question.wanted[some], best, axis=1)
    return Hits(float(found[:, 0].mean()), float(found.any(1).mean()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--last", type=int, default=1, help="which basket from the end is held out")
    parser.add_argument("--only", default="", help="rankers whose name has this in it")
    options = parser.parse_args()
    history, target = held_out(load(), options.last)
    asked = list(questions(history, target))
    print(f"{len(history.households):,} households, {len(history.baskets.names):,} product types; hit rate at 10 (at 1)")
    print(f"{'':28}" + "".join(f"{one.name:>18}" for one in asked) + f"{'seconds':>10}")
    with tempfile.TemporaryDirectory() as folder:
        rankers: dict[str, Ranker] = {**BASELINES, "Regulars": lambda history: ours(history, Path(folder))}
        for name, ranker in rankers.items():
            if options.only not in name:
                continue
            began = time.perf_counter()
            scores = ranker(history)
            taken = time.perf_counter() - began
            row = [hits(scores, one) for one in asked]
            print(f"{name:28}" + "".join(f"{one.ten:11.3f} ({one.first:.3f})" for one in row) + f"{taken:10.1f}", flush=True)
    print(f"{'asked about':28}" + "".join(f"{int(one.wanted.any(1).sum()):18,}" for one in asked))


if __name__ == "__main__":
    main()
