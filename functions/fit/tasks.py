"""What goes into the child process and what comes out of it: JSON in, one line of JSON for each task out."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from cdp.clv.fits import PurchaseFit, SpendFit

Model: TypeAlias = Literal["MBG/NBD", "BG/NBD"]


class FitPurchases(msgspec.Struct, frozen=True, tag="purchases"):
    """`rows`: packed by `cdp.clv.statistics`."""

    rows: bytes
    model: Model = "MBG/NBD"


class FitSpend(msgspec.Struct, frozen=True, tag="spend"):
    """`rows`: packed by `cdp.clv.statistics`."""

    rows: bytes


Task: TypeAlias = FitPurchases | FitSpend


class Work(msgspec.Struct, frozen=True):
    """Tasks one after the other; each may take `limit_s`, together they hold `memory_mb` of address space at most."""

    tasks: list[Task]
    limit_s: int
    memory_mb: int


class Outcome(msgspec.Struct, frozen=True):
    """The fit of its task, or why there is none."""

    purchases: PurchaseFit | None = None
    spend: SpendFit | None = None
    failed: str | None = None
