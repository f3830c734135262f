"""From a message to its answer: every sample's two fits, all in one child as long as it lives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cdp.clv.fits import Fit
from cdp.errors import Rejected
from cdp.events import FitDone, FitDue, encode
from cdp.inbox import Received
from cdp.ports import Queue
from functions.fit import isolation
from functions.fit.isolation import Limits
from functions.fit.tasks import FitPurchases, FitSpend, Outcome, Task


@dataclass(frozen=True)
class Fitter:
    predict_queue: Queue
    limits: Limits
    environment: Mapping[str, str]
    command: Sequence[str] = isolation.CHILD

    def process(self, received: Sequence[Received]) -> None:
        """Fit and answer; safe to repeat: the same statistics give the same fit."""
        for message, _ in received:
            if not isinstance(message, FitDue):
                raise Rejected(f"{type(message).__name__} is no message for this room")
            self.predict_queue.send([encode(self.fit(message))])

    def fit(self, due: FitDue) -> FitDone:
        tasks = [task for sample in due.samples.values() for task in (FitPurchases(sample.purchases), FitSpend(sample.spend))]
        outcomes = iter(isolation.run(list[Task](tasks), self.limits, self.environment, self.command))
        return FitDone(due.account_id, due.training, {name: _both(outcomes) for name in due.samples})


def _both(outcomes: Iterator[Outcome]) -> Fit:
    purchases, spend = next(outcomes), next(outcomes)
    return Fit(purchases.purchases, spend.spend, purchases.failed, spend.failed)
