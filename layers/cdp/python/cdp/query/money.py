"""Money inside reports: whole ten-thousandths of a currency unit, so that sums are exact in every engine.

The finest ISO 4217 currency has four decimals. Values beyond 10^12 units are no money and count as absent:
one absurd event must not break an account's reports.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal

from cdp.filters.placeholders import Placeholders

PER_UNIT = 10_000
_CENT = Decimal("0.01")


def amount(units: int | None, count: int = 1) -> float | None:
    """`units` divided by `count`, as a JSON number in currency units: two decimals, half to even."""
    if units is None:
        return None
    exact = Decimal(units) / (PER_UNIT * count)
    return float(exact.quantize(_CENT, ROUND_HALF_EVEN))


def units(value: str, currency: str, rates: Mapping[str, float], values: Placeholders) -> str:
    """SQL of an amount in whole ten-thousandths of the account's currency, null without one. `value` and
    `currency` are columns (or SQL); currencies that `rates` do not name are taken at face value."""
    if rates:
        cases = " ".join(f"WHEN {values.add(code)} THEN {values.add(float(rate))}" for code, rate in rates.items())
        value = f"({value}) * CASE {currency} {cases} ELSE CAST(1 AS DOUBLE) END"
    return f"CASE WHEN {value} BETWEEN -1e12 AND 1e12 THEN CAST(round({value} * {PER_UNIT}) AS BIGINT) END"
