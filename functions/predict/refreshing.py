"""Runs over all profiles of an account, in parts that go on from message to message (SPEC §6.3).

A part is `SPAN` profile numbers. `LANES` parts wait in the inbox at a time, and each sends the one `LANES` further on,
so that orders never wait behind a whole run. A part may be repeated; the mark it leaves says that it is done. Whoever
leaves the last mark ends the run and has the segments that look at predictions passed over again.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from cdp import events
from cdp.documents import clv, jobs, profiles, segments
from cdp.documents.clv import Refresh, State
from cdp.events import PredictionDue, SegmentDue
from cdp.ports import Queue
from functions.predict import examples
from functions.predict.reckoning import Ground
from functions.predict.scoring import Scorer

log = logging.getLogger("regulars.predict")

SPAN, LANES = 20_000, 4
_KEPT = timedelta(days=2)
_PAST = timedelta(hours=1)
_PREDICTIVE = b'"profile-predictive-analytics"'


@dataclass(frozen=True)
class Refresher:
    scorer: Scorer
    inbox: Queue
    segments: Queue

    def start(self, seen: Ground, *, by_person: bool) -> None:
        """Begin a run; one that is under way ends here."""
        table, account_id, now = self.scorer.table, seen.account_id, self.scorer.clock()
        through = profiles.last_number(table, account_id)
        run = Refresh(jobs.new_id(), now, seen.as_of, through, -(-through // SPAN))
        asked = self.scorer.asked(account_id, range(1, through + 1), seen.as_of)
        self.scorer.prepare(asked)
        examples.renew(asked)
        past = seen.as_of if by_person and seen.as_of < now - _PAST else None

        def begun(state: State) -> State:
            return msgspec.structs.replace(state, refresh=run, asked_as_of=past, basis=seen.basis, training=None)

        clv.STATE.change(table, account_id, begun)
        log.info("%s: %s profiles are scored as of %s", account_id, through, seen.as_of.isoformat())
        if not run.total:
            self._end(account_id, run)
        for lane in range(min(LANES, run.total)):
            self._send(account_id, run, 1 + lane * SPAN)

    def part(self, message: PredictionDue) -> None:
        """One part of a run; nothing if another run has begun since."""
        table, account_id = self.scorer.table, message.account_id
        run = clv.STATE.get(table, account_id).refresh
        if run is None or run.id != message.refresh:
            return
        written = self.scorer.score(account_id, range(message.first, message.last), run.as_of)
        expires = int((self.scorer.clock() + _KEPT).timestamp())
        clv.mark_part(table, account_id, run.id, message.first, expires)
        done = clv.parts_done(table, account_id, run.id)
        log.info("%s: %s of %s parts scored, %s profiles changed in this one", account_id, done, run.total, len(written))
        following = message.first + LANES * SPAN
        if following <= run.through:
            self._send(account_id, run, following)
        if done >= run.total:
            self._end(account_id, run)

    def _send(self, account_id: str, run: Refresh, first: int) -> None:
        last = min(first + SPAN, run.through + 1)
        due = PredictionDue(account_id, first, last, run.as_of.isoformat(), run.id)
        self.inbox.send([events.encode(due)])

    def _end(self, account_id: str, run: Refresh) -> None:
        """First the segments: a repetition may send them twice, but never not at all."""
        table, now = self.scorer.table, self.scorer.clock()
        due = [one.id for one in segments.all_of(table, account_id) if one.is_active and _PREDICTIVE in bytes(one.definition)]
        self.segments.send([events.encode(SegmentDue(account_id, id_)) for id_ in due])

        def ended(state: State) -> State:
            if state.refresh is None or state.refresh.id != run.id:
                return state
            return msgspec.structs.replace(
                state, refresh=msgspec.structs.replace(run, ended=now), refreshed_at=run.begun
            )

        clv.STATE.change(table, account_id, ended)
        log.info("%s: predictions are up to date, %s segment(s) follow", account_id, len(due))


def under_way(state: State, now: datetime, patience: timedelta) -> bool:
    """Is a training or a run going on that has not lasted too long to be alive?"""
    if state.training is not None and state.training_since is not None and now - state.training_since < patience:
        return True
    run = state.refresh
    return run is not None and run.ended is None and now - run.begun < patience
