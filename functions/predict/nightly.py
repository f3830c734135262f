"""What is done for an account by schedule: once a night, after a change of what is reckoned from, or when asked.

Every quarter of an hour the schedule looks for accounts whose last run began before today's midnight in their zone, or
was made from other settings or mapped metrics, which also is how the room comes to hear of the orders of a new account.
A model is trained when there is none, when it is a week old, when what it was made from has changed, or when a person
asks; then profiles are scored.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from cdp import events
from cdp.documents import accounts, clv, clv_models, clv_trainings, jobs, outbox, plans
from cdp.documents.clv import Seen, State
from cdp.documents.clv_trainings import Training
from cdp.events import FitDone, PredictionDue, Scheduled
from cdp.ports import Engine, Lake, Queue, Table
from functions.predict import listening
from functions.predict.eligibility import judge
from functions.predict.reckoning import Ground, ground
from functions.predict.refreshing import Refresher, under_way
from functions.predict.training import Trainer

log = logging.getLogger("regulars.predict")

FEATURE = "analytics"
RETRAINED_AFTER = timedelta(days=6, hours=12)  # "weekly": the seventh night
PATIENCE = timedelta(hours=2)  # with what is under way; then it is begun again
LOST = "The newest training was never answered."


@dataclass(frozen=True)
class Nightly:
    table: Table
    lake: Lake
    engine: Engine
    inbox: Queue
    trainer: Trainer
    refresher: Refresher
    clock: Callable[[], datetime]

    def scheduled(self, message: Scheduled) -> None:
        for account_id in [message.account_id] if message.account_id else self.lake.accounts():
            if not plans.get(self.table, account_id).opens(FEATURE):
                continue
            if message.as_of is not None:
                self._begin(account_id, datetime.fromisoformat(message.as_of), by_person=True)
            elif self._is_due(account_id):
                self.inbox.send([events.encode(PredictionDue(account_id))])

    def due(self, message: PredictionDue) -> None:
        """A part of a run, a preview or training that was asked for, or the beginning of everything."""
        if message.last:
            self.refresher.part(message)
        elif message.refresh is not None:
            self._asked(message.account_id, message.refresh)
        else:
            as_of = None if message.as_of is None else datetime.fromisoformat(message.as_of)
            self._begin(message.account_id, as_of or self.clock(), by_person=as_of is not None)

    def fitted(self, message: FitDone) -> None:
        training = clv_trainings.get(self.table, message.account_id, message.training)
        if training is None or training.result is not None:
            return
        seen = self._seen(message.account_id, training)
        if training.kind == "preview":
            self.trainer.previewed(seen, training, message.fits)
        elif clv.STATE.get(self.table, message.account_id).training == training.id:
            self.trainer.trained(seen, training, message.fits)
            self.refresher.start(seen, by_person=training.by_person)

    def _is_due(self, account_id: str) -> bool:
        now, state = self.clock(), clv.STATE.get(self.table, account_id)
        if under_way(state, now, PATIENCE):
            return False
        seen = ground(self.table, self.engine, account_id, now)
        if state.refreshed_at is None or state.basis != seen.basis:
            return True
        zone = accounts.get(self.table, account_id).zone
        return state.refreshed_at.astimezone(zone).date() < now.astimezone(zone).date()

    def _begin(self, account_id: str, as_of: datetime, *, by_person: bool) -> None:
        outbox.drain(self.table, self.lake, account_id)  # first names come from the lake
        seen = ground(self.table, self.engine, account_id, as_of)
        listening.keep(self.table, account_id, seen.metric_ids)
        state, now = clv.STATE.get(self.table, account_id), self.clock()
        overview = seen.overview()
        known = Seen(seen.mapped, as_of, overview)
        clv.STATE.change(self.table, account_id, lambda held: msgspec.structs.replace(held, seen=known))
        verdict = judge(overview, as_of, seen.settings.eligibility)
        if not verdict.met:
            log.info("%s: %s", account_id, verdict.why)
            clv.STATE.change(self.table, account_id, lambda held: _without_model(held, verdict.why))
        elif not by_person and _is_lost(state, now):
            log.error("%s: %s", account_id, LOST)
            clv.STATE.change(self.table, account_id, lambda held: _given_up(held, now))
        elif by_person or self._is_stale(account_id, state, seen, now):
            training = Training(
                jobs.new_id(), "training", now, as_of, seen.settings.predicted_window_days, by_person, basis=seen.basis
            )
            self.trainer.begin(seen, overview, training)
            return
        self.refresher.start(seen, by_person=by_person)

    def _is_stale(self, account_id: str, state: State, seen: Ground, now: datetime) -> bool:
        """Is another model wanted than the one in force?"""
        model = clv_models.get(self.table, account_id, state.model_id) if state.model_id else None
        return model is None or model.basis != seen.basis or now - model.trained_at >= RETRAINED_AFTER

    def _asked(self, account_id: str, training_id: str) -> None:
        training = clv_trainings.get(self.table, account_id, training_id)
        if training is None or training.result is not None:
            return
        seen = self._seen(account_id, training)
        overview = seen.overview()
        verdict = judge(overview, training.as_of, seen.settings.eligibility)
        if verdict.met:
            self.trainer.begin(seen, overview, training)
        else:
            self.trainer.refuse(account_id, training, verdict.why)

    def _seen(self, account_id: str, training: Training) -> Ground:
        return ground(self.table, self.engine, account_id, training.as_of)


def _is_lost(state: State, now: datetime) -> bool:
    """Has nobody answered a training? Then profiles are scored without it, and the next night tries again."""
    since = state.training_since
    return state.training is not None and since is not None and now - since >= PATIENCE


def _given_up(state: State, now: datetime) -> State:
    return msgspec.structs.replace(state, training=None, why=LOST, failed_at=now)


def _without_model(state: State, why: str) -> State:
    return msgspec.structs.replace(state, model_id=None, why=why, failed_at=None, training=None)
