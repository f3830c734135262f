"""Waiting for what the running platform brings about by itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

LONGEST_S = 240.0  # nothing takes so long, even on a machine that does much else
T = TypeVar("T")


def wait_for(condition: Callable[[], T], told: Callable[[], object] | None = None) -> T:
    """The first answer of `condition` that is true; `told` says what the failure is to show."""
    deadline = time.monotonic() + LONGEST_S
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"this should have come to pass long ago; {told() if told else 'nothing is known'}")
        time.sleep(0.05)
    return found
