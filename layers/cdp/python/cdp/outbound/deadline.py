"""The moment by which a request must have its whole answer."""

from __future__ import annotations

from time import monotonic

from cdp.ports.outbound import Unreachable


class Deadline:
    """Counts from its making."""

    __slots__ = ("_at", "_timeout_s")

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._at = monotonic() + timeout_s

    def left_s(self) -> float:
        """More than nothing; `Unreachable` when the time is over."""
        left = self._at - monotonic()
        if left <= 0:
            raise self.over()
        return left

    def over(self) -> Unreachable:
        return Unreachable(f"There was no whole answer within {self._timeout_s:g} s.")
