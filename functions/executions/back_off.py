"""How long until a failed call is tried again."""

from __future__ import annotations

MOST_ATTEMPTS = 6
LONGEST_S = 3600.0
LONGEST_ASKED_S = 24 * 3600.0
SPREAD = 0.2  # of the wait, to either side


def wait_s(attempt: int, base_s: float, chance: float, asked_s: float | None = None) -> float:
    """After so many attempts. `chance` is from [0, 1); `asked_s` is what the function asked for, which counts as it is."""
    if asked_s is not None:
        return min(max(0.0, asked_s), LONGEST_ASKED_S)
    return min(LONGEST_S, base_s * 4.0 ** (attempt - 1)) * (1 + SPREAD * (2 * chance - 1))
