"""So many uploads and tests of an account are in the sandbox at the same time: others' have to come to it, too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from cdp.code.job import Job, Outcome, Problem
from cdp.documents import function_slots
from cdp.errors import Rejected
from cdp.ports import Runner, Table

MOST = 3
_WAIT_S = 2
_LEASE_S = 30.0  # longer than a request may take: nobody renews it


@dataclass(frozen=True)
class Turns:
    """A `Runner` that sends who comes too often away. Slots of their own: a function that hangs can still be tested."""

    runner: Runner
    table: Table

    def run(self, job: Job) -> list[Outcome]:
        with self._turn(job.account_id):
            return self.runner.run(job)

    def check(self, job: Job) -> list[Problem]:
        with self._turn(job.account_id):
            return self.runner.check(job)

    @contextmanager
    def _turn(self, account_id: str) -> Iterator[None]:
        slot = function_slots.acquire(self.table, f"{account_id}#trials", MOST, lease_s=_LEASE_S)
        if slot is None:
            raise TooMany
        try:
            yield
        finally:
            function_slots.release(self.table, slot)


class TooMany(Rejected):
    """429."""

    def __init__(self) -> None:
        super().__init__(
            f"At most {MOST} uploads and tests of an account run at the same time.",
            status=429,
            code="throttled",
            title="Throttled.",
            meta={"retry_after_s": _WAIT_S},
        )
