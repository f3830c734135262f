"""Money inside reports: whole ten-thousandths of a currency unit, so that sums are exact in every engine.

The finest ISO 4217 currency has four decimals. Values beyond 10^12 units are no money and count as absent:
one absurd event must not break an account's reports.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

PER_UNIT = 10_000
_CENT = Decimal("0.01")


def amount(units: int | None, count: int = 1) -> float | None:
    """`units` divided by `count`, as a JSON number in currency units: two decimals, half to even."""
    if units is None:
        return None
    exact = Decimal(units) / (PER_UNIT * count)
    return float(exact.quantize(_CENT, ROUND_HALF_EVEN))
