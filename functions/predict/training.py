"""Trains models: statistics out, fits in, and what the hold-out makes of them (SPEC §6.3-§6.4).

Two samples go to the room `fit`: `all`, to what is known as of now, and `holdout`, to what was known at the cut. The
answer to `all` is the model; that to `holdout` is only tested. A training that fails leaves the model that there was.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
import numpy as np

from cdp import events
from cdp.clv.fits import Fit
from cdp.clv.statistics import Purchases, Spend, pack
from cdp.documents import clv, clv_models, clv_trainings
from cdp.documents.clv import Overview, State
from cdp.documents.clv_models import Bin, Holdout, Model
from cdp.documents.clv_trainings import Facts, Result, Training
from cdp.events import FitDue
from cdp.events.fit_due import Sample
from cdp.ports import Engine, Queue, Table
from functions.predict import forecast, holdout, statistics
from functions.predict.curves import distribution, stretch_days
from functions.predict.forecast import Customers
from functions.predict.holdout import Judgement
from functions.predict.reckoning import Ground
from functions.predict.sampling import previewed
from functions.predict.statistics import EVERYBODY

log = logging.getLogger("regulars.predict")

ALL, HOLDOUT = "all", "holdout"
MOST_CUSTOMERS = 2_000_000  # whose statistics are in memory at once; of more a sample
_MOMENT = timedelta(microseconds=1)
_NO_ROOM = "There is not enough history to hold some of it out."


@dataclass(frozen=True)
class Trainer:
    table: Table
    engine: Engine
    fits: Queue
    clock: Callable[[], datetime]

    def begin(self, seen: Ground, overview: Overview, training: Training) -> None:
        """Send the statistics of `seen` to be fitted. `overview` has an order."""
        if overview.first_at is None:
            raise ValueError("there is no order to train from")
        below = threshold(overview.customers)
        days = holdout.length_days(overview.first_at, seen.as_of, training.window_days, training.wanted_holdout_days)
        facts = Facts(
            currency=seen.book.account.currency,
            data_from=overview.first_at,
            customers=overview.customers,
            orders=overview.orders,
            mean_value_units=overview.units // overview.days,
            gaps_s=self._gaps(seen, below),
            sampled=below / EVERYBODY,
        )
        cut = holdout.cut_of(seen.as_of, days) if days else None
        training = msgspec.structs.replace(training, facts=facts, cut=cut, holdout_days=days or None)
        samples = {ALL: self._sample(seen, seen.cut, below)}
        if cut is not None:
            samples[HOLDOUT] = self._sample(seen, cut + _MOMENT, below)
        clv_trainings.save(self.table, seen.account_id, training)
        if training.kind == "training":
            clv.STATE.change(self.table, seen.account_id, lambda state: _training(state, training))
        log.info("%s: %s customers to be fitted (%s)", seen.account_id, overview.customers, training.kind)
        self.fits.send([events.encode(FitDue(seen.account_id, training.id, samples))])

    def trained(self, seen: Ground, training: Training, fits: Mapping[str, Fit]) -> None:
        """A model, or the reason why there is no new one."""
        model, why = self._concluded(seen, training, fits)
        if model is not None:
            clv_models.save(self.table, seen.account_id, model)
        clv.STATE.change(self.table, seen.account_id, lambda state: _trained(state, model, why, self.clock()))
        log.info("%s: %s", seen.account_id, why or f"model {model.id if model else ''} is trained")

    def previewed(self, seen: Ground, training: Training, fits: Mapping[str, Fit]) -> None:
        model, why = self._concluded(seen, training, fits)
        if model is None:
            self.refuse(seen.account_id, training, why or "")
            return
        below = threshold(model.customers)
        known = self._standing(seen, seen.cut, below)
        shown = previewed(seen, model, known, below / EVERYBODY)
        clv_trainings.save(self.table, seen.account_id, msgspec.structs.replace(training, result=Result(shown)))

    def refuse(self, account_id: str, training: Training, why: str) -> None:
        """A preview that cannot be made."""
        shown = {"confidence": "Low", "reason": why}
        clv_trainings.save(self.table, account_id, msgspec.structs.replace(training, result=Result(shown, why)))

    def _concluded(self, seen: Ground, training: Training, fits: Mapping[str, Fit]) -> tuple[Model | None, str | None]:
        facts, fit = training.facts, fits[ALL]
        if facts is None:
            raise ValueError("the training was not begun")
        if fit.purchases is None:
            return None, fit.purchases_failed or "The model could not be fitted."
        tested, untested = self._tested(seen, training, fits.get(HOLDOUT))
        judged = self._judged(facts, training, tested, untested)
        model = Model(
            id=training.id, trained_at=self.clock(), as_of=training.as_of, data_from=facts.data_from,
            customers=facts.customers, orders=facts.orders, currency=facts.currency,
            window_days=training.window_days, fit=fit, mean_value_units=facts.mean_value_units, gaps_s=facts.gaps_s,
            confidence=judged.confidence, reason=judged.reason, holdout=tested, sampled=facts.sampled,
            distribution=self._spread(seen, training, fit, facts), basis=training.basis,
        )  # fmt: skip
        return model, None

    def _judged(self, facts: Facts, training: Training, tested: Holdout | None, untested: str | None) -> Judgement:
        return holdout.judge(tested, training.window_days, (training.as_of - facts.data_from).days, untested)

    def _tested(self, seen: Ground, training: Training, fit: Fit | None) -> tuple[Holdout | None, str | None]:
        """The hold-out's figures, or why there are none."""
        if training.cut is None or training.holdout_days is None or fit is None:
            return None, _NO_ROOM
        if fit.purchases is None:
            return None, f"The orders before the hold-out could not be fitted: {fit.purchases_failed}"
        cut, below = training.cut + _MOMENT, threshold(training.facts.customers if training.facts else 0)
        known = self._standing(seen, cut, below)
        rows = self.engine.run(seen.account_id, statistics.after(seen.book, cut, seen.cut, below))
        step = stretch_days(training.holdout_days)
        parts = self.engine.run(seen.account_id, statistics.by_stretch(seen.book, cut, seen.cut, step, below)).to_pylist()
        found = holdout.evaluate(
            fit, _mean_units(known), training.cut, training.holdout_days, statistics.day_of(training.cut), known,
            holdout.after(rows), {row["stretch"]: row["purchases"] for row in parts},
        )  # fmt: skip
        return found, None if found else "What the model says of the hold-out cannot be."

    def _spread(self, seen: Ground, training: Training, fit: Fit, facts: Facts) -> tuple[Bin, ...]:
        """Of predicted CLV over the customers of now."""
        known = self._standing(seen, seen.cut, threshold(facts.customers))
        day = statistics.day_of(seen.as_of)
        told = forecast.forecast(fit, facts.mean_value_units, known, day, training.window_days)
        return distribution(told.revenue) if forecast.sound(told) else ()

    def _standing(self, seen: Ground, cut: datetime, below: int) -> Customers:
        return forecast.customers(self.engine.run(seen.account_id, statistics.standing(seen.book, cut, None, below)))

    def _sample(self, seen: Ground, cut: datetime, below: int) -> Sample:
        purchases = self._columns(seen, statistics.purchases(seen.book, cut, below))
        spend = self._columns(seen, statistics.spend(seen.book, cut, below))
        return pack(Purchases(*purchases), Spend(*spend))

    def _columns(self, seen: Ground, query: Any) -> list[Any]:
        rows = self.engine.run(seen.account_id, query)
        return [rows[name].to_numpy().astype(np.int64) for name in rows.column_names]

    def _gaps(self, seen: Ground, below: int) -> tuple[int | None, ...]:
        """After the first, the second … fifth and later order, then of all, in seconds."""
        rows = self.engine.run(seen.account_id, statistics.gaps(seen.book, seen.cut, below)).to_pylist()
        found = {row["place"]: (row["lower"] + row["upper"]) // 2 for row in rows}
        return tuple(found.get(place) for place in (*range(1, statistics.MOST_GAPS + 1), 0))


def _mean_units(known: Customers) -> int:
    """Of a purchase."""
    return int(known.units.sum() // max(1, int(known.days.sum())))


def threshold(customers: int) -> int:
    """`below` of `statistics`: everybody, or a sample of about `MOST_CUSTOMERS`."""
    return EVERYBODY if customers <= MOST_CUSTOMERS else EVERYBODY * MOST_CUSTOMERS // customers


def _training(state: State, training: Training) -> State:
    return msgspec.structs.replace(state, training=training.id, training_since=training.asked_at, basis=training.basis)


def _trained(state: State, model: Model | None, why: str | None, now: datetime) -> State:
    if model is not None:
        return msgspec.structs.replace(state, model_id=model.id, why=None, failed_at=None, training=None)
    return msgspec.structs.replace(state, why=why, failed_at=now, training=None)
