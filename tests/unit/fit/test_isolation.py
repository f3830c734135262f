"""What a fit can do to its process, done for real; and data that no model fits, through a real child."""

from __future__ import annotations

import os
import re
import sys

import numpy as np
import pytest

from cdp.clv.fits import PurchaseFit
from cdp.clv.statistics import Purchases, Spend, pack
from cdp.events.fit_due import Sample
from functions.fit.isolation import Limits, run
from functions.fit.tasks import FitPurchases, FitSpend, Outcome, Task
from tests.unit.fit.shop import purchases, rows_of, spend

LIMITS = Limits(100, 4096)
MANY = purchases(600)
GOOD = pack(Purchases(*rows_of(*MANY)), Spend(*rows_of(*spend(MANY[0] + 1))))

# A child whose fits of spend end as they do on a bad day; fits of purchases are no more than a fixed answer.
BAD_DAY = """
import ctypes, os, signal, sys
from cdp.clv.fits import PurchaseFit
from functions.fit import child
from functions.fit.tasks import FitPurchases, Outcome
def attempt(task):
    if isinstance(task, FitPurchases):
        return Outcome(purchases=PurchaseFit("MBG/NBD", 1, 2, 3, 4, -5))
    {fault}
child.attempt = attempt
child.main()
"""
FIXED = Outcome(purchases=PurchaseFit("MBG/NBD", 1, 2, 3, 4, -5))


def tasks(*samples: Sample) -> list[Task]:
    return [task for sample in samples for task in (FitPurchases(sample.purchases), FitSpend(sample.spend))]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("ctypes.string_at(0)", "The process of the fit was ended by SIGSEGV."),
        ("os.kill(os.getpid(), signal.SIGKILL)", "The process of the fit was ended by SIGKILL."),
        ("os._exit(3)", "The process of the fit ended without an answer (exit code 3)."),
        ("while True: pass", "The fit took longer than 1 s."),
    ],
)
def test_a_crash_costs_the_fit_that_caused_it_and_no_other(fault: str, reason: str) -> None:
    command = (sys.executable, "-P", "-c", BAD_DAY.format(fault=fault))
    first, second, third = run(tasks(GOOD, GOOD)[:3], Limits(1, 4096), {}, command)
    assert (first, third) == (FIXED, FIXED)
    assert second.failed == reason


def test_memory_has_an_end() -> None:
    fault = "bytearray(10**10)"
    command = (sys.executable, "-P", "-c", BAD_DAY.format(fault=fault))
    _, second = run(tasks(GOOD), LIMITS, {}, command)
    assert second.failed is not None


def test_a_child_knows_nothing_of_its_parents_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "42")
    fault = "return Outcome(failed=repr(sorted(os.environ)))"
    command = (sys.executable, "-P", "-c", BAD_DAY.format(fault=fault))
    _, second = run(tasks(GOOD), LIMITS, {"GIVEN": "1"}, command)
    assert second.failed is not None
    known = {"GIVEN", "LC_CTYPE", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE"}
    assert set(eval(second.failed)) <= known
    assert os.environ["SECRET"] == "42"


def packed(histories: list[tuple[int, ...]], amounts: list[tuple[int, ...]]) -> Sample:
    return pack(
        Purchases(*np.array(histories, np.int64).reshape(-1, 4).T), Spend(*np.array(amounts, np.int64).reshape(-1, 3).T)
    )


FIRST_DAY = [(0, 0, 0, 50), (1, 0, 0, 20), (2, 0, 0, 9), (3, 0, 0, 1)]
LONG_AGO = [(x, 0, 90, customers) for x, _, _, customers in FIRST_DAY]
EQUAL = [(n, 10**5 * n, 50) for n in range(1, 9)]
ONCE = [(1, units, 1) for units in range(100, 999)]
ALIKE = "too much alike: r ran|did not converge"
# Histories and amounts, and why neither is fitted to.
DEGENERATE = {
    "nobody": ([], [], "fewer than 4", "fewer than 3"),
    "one customer": ([(3, 90, 100, 1)], [(4, 10**6, 1)], "fewer than 4", "fewer than 3"),
    "all orders on one day, today": (FIRST_DAY, EQUAL, "for the first time today", "the same on average"),
    "all orders on one day, long ago": (LONG_AGO, ONCE, "come back on another day", "more than once"),
    "nobody came back": ([(0, 0, day, 10) for day in range(30, 90)], ONCE, "come back", "more than once"),
    "zero variance": ([(3, 30, age, 10) for age in range(31, 60)], EQUAL, ALIKE, "the same on average"),
    "no gap between orders": ([(age, age, age, 10) for age in range(31, 60)], EQUAL, ALIKE, "the same"),
    "nothing paid": ([], [(1, 0, 5), (2, 10, 5), (3, 70, 5)], "fewer than 4", "cannot be"),
    "last before first": ([(x, -5, 9, 1) for x in range(1, 9)], [], "cannot be", "fewer than 3"),
    "last after now": ([(x, 10, 9, 1) for x in range(1, 9)], [], "cannot be", "fewer than 3"),
    "first is last of no others": ([(0, 5, 9, age) for age in range(1, 9)], [], "cannot be", "fewer than 3"),
    "histories of nobody": ([(x, 5, 9, 0) for x in range(1, 9)], [(n, n * n, 0) for n in range(1, 9)], "nobody", "nobody"),
    "absurd amounts": ([], [(1, 1, 30), (2, 10**18, 1), (1, 10**18, 1), (3, 7, 5)], "fewer than 4", "no limit|alike|converge"),
}  # fmt: skip


def with_a_bot(purchases_of_bot: int) -> Sample:
    """The good shop and one more customer, whose purchases fall on days of their own, or cannot."""
    bot = map(np.append, MANY, (purchases_of_bot, 720, 730))
    amounts = map(np.append, spend(MANY[0] + 1), (100_000, 10**10))
    return pack(Purchases(*rows_of(*bot)), Spend(*rows_of(*amounts)))


def test_data_without_a_model_give_a_reason_each() -> None:
    """All of them in one child, which survives them, and bytes that are no statistics; a bot and good data beside them."""
    samples = [packed(histories, amounts) for histories, amounts, _, _ in DEGENERATE.values()]
    fine = (with_a_bot(700), with_a_bot(99_999), GOOD)
    outcomes = run([*tasks(*samples), FitSpend(b"no statistics"), *tasks(*fine)], LIMITS, {})
    reasons = [why for _, _, *both in DEGENERATE.values() for why in both] + ["The fit broke off with error: "]
    for outcome, why in zip(outcomes, reasons, strict=False):
        assert outcome.purchases is outcome.spend is None
        assert re.search(why, str(outcome.failed)), f"{why}: {outcome}"
    fitted = outcomes[len(reasons) :]
    assert len(fitted) == 2 * len(fine)
    for bought, spent in zip(fitted[::2], fitted[1::2], strict=True):
        assert bought.purchases is not None
        assert spent.spend is not None
        assert np.isfinite(bought.purchases.log_likelihood)
        assert spent.spend.p * spent.spend.v / (spent.spend.q - 1) == pytest.approx(352, rel=0.1)
