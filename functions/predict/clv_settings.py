"""GET and PATCH of /api/clv-settings/default: the prediction window, who may be predicted, the model (SPEC §6.2-§6.3).

Eligibility is reckoned from the last run, or from `?as_of=`, or, before there was a run, from now: `eligibility.as_of`
says it. What is saved holds for predictions within two hours: `refresh_expected_by`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeGuard

import msgspec
from msgspec import UNSET, UnsetType

from cdp import events
from cdp.documents import clv, clv_models, mapped_metrics
from cdp.documents.clv import RELAXED, Eligibility, Overview, Settings, State
from cdp.errors import Rejected
from cdp.events import PredictionDue
from cdp.jsonapi.bodies import ATTRIBUTES, Body, Resource
from cdp.jsonapi.documents import Json, Resources, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.jsonapi.times import format_instant, parse_instant
from cdp.ports import Engine, Queue, Table
from functions.predict import listening, shown
from functions.predict.eligibility import RELAXED_WARNING, Verdict, judge
from functions.predict.reckoning import Ground, ground

TYPE, ID = "clv-settings", "default"
PATH = f"/api/{TYPE}/{ID}"
WITHIN, WITHIN_AFTER_MAPPING = timedelta(hours=2), timedelta(hours=48)
NOTE = "It can take up to 2 hours until all data is up to date with the changed settings."
MAX_WINDOW_DAYS = 50_000
_OF_ORDERS = ("revenue", "refunded_sales", "cancelled_sales")


class _Attributes(msgspec.Struct, frozen=True):
    """What is not sent stays."""

    predicted_window_days: int | UnsetType = UNSET
    clv_eligibility: Eligibility | UnsetType = UNSET


class _Settings(Resource, frozen=True, kw_only=True):
    id: Literal["default"]
    attributes: _Attributes


_body = Body(TYPE, _Settings)


@dataclass(frozen=True)
class ClvSettings:
    """One document an account; it is there before anybody has changed it."""

    table: Table
    engine: Engine
    queue: Queue

    def operations(self) -> dict[str, Operation]:
        return {f"GET {PATH}": self.shown, f"PATCH {PATH}": self.changed}

    def shown(self, request: Request) -> Response:
        return self._answer(request)

    def changed(self, request: Request) -> Response:
        given = _body.read(request).attributes
        if isinstance(given.predicted_window_days, int):
            check_window(given.predicted_window_days)
        clv.SETTINGS.change(self.table, request.account_id, lambda held: _with(held, given, request))
        self.queue.send([events.encode(PredictionDue(request.account_id))])
        return self._answer(request)

    def _answer(self, request: Request) -> Response:
        make = Resources(request, TYPE, TYPE, fields=request.params.fields(TYPE)).make
        return Response(document=single(request, make(ID, self.attributes(request))))

    def attributes(self, request: Request) -> Json:
        state = clv.STATE.get(self.table, request.account_id)
        seen = ground(self.table, self.engine, request.account_id, as_of_given(request) or request.now)
        listening.keep(self.table, request.account_id, seen.metric_ids)
        as_of, overview = known(seen, state, asked=as_of_given(request) is not None)
        return self._attributes(seen, state, as_of, overview)

    def _attributes(self, seen: Ground, state: State, as_of: datetime, overview: Overview) -> Json:
        account_id, settings = seen.account_id, seen.settings
        verdict = judge(overview, as_of, settings.eligibility)
        model = clv_models.get(self.table, account_id, state.model_id) if state.model_id else None
        expected_by = self._expected_by(account_id, settings, state)
        return {
            "predicted_window_days": settings.predicted_window_days,
            "historic_window_days": None if overview.first_at is None else (as_of - overview.first_at).days,
            "clv_eligibility": settings.eligibility,
            "last_updated_at": shown.instant(settings.updated),
            "last_updated_by": settings.updated_by,
            "refresh_expected_by": shown.instant(expected_by),
            "refresh": self._progress(account_id, state),
            "refreshed_at": shown.instant(state.refreshed_at),
            "note": None if expected_by is None else NOTE,
            "mapped_metrics": _mapped(seen),
            "eligibility": {**verdict.shown(), "as_of": format_instant(as_of)},
            "model": None if model is None else {"id": model.id, **shown.model(model)},
            "warnings": _warnings(settings, state, verdict),
        }

    def _expected_by(self, account_id: str, settings: Settings, state: State) -> datetime | None:
        """The latest of what is waited for; None: everything is up to date."""
        waiting: list[datetime] = []
        if state.training is not None and state.training_since is not None:
            waiting.append(state.training_since + WITHIN)
        if state.refresh is not None and state.refresh.ended is None:
            waiting.append(state.refresh.begun + WITHIN)
        if _since(settings.updated, state):
            waiting.append(settings.updated + WITHIN)
        chosen = mapped_metrics.choices(self.table, account_id).by_name
        changes = [chosen[name].updated for name in _OF_ORDERS if name in chosen]
        if changes and _since(max(changes), state):
            waiting.append(max(changes) + WITHIN_AFTER_MAPPING)
        return max(waiting, default=None)

    def _progress(self, account_id: str, state: State) -> Json | None:
        """Of the refresh that is under way."""
        if state.training is not None:
            return {"status": "training", "begun_at": shown.instant(state.training_since), "done": 0, "total": None}
        run = state.refresh
        if run is None or run.ended is not None:
            return None
        done = clv.parts_done(self.table, account_id, run.id)
        return {"status": "scoring", "begun_at": format_instant(run.begun), "done": done, "total": run.total}


def known(seen: Ground, state: State, *, asked: bool) -> tuple[datetime, Overview]:
    """The account's overview, and as of when: that of the last run, unless another time is asked for, other metrics have
    been mapped since, or there was none. To count all orders takes seconds where there are millions."""
    last = state.seen
    if asked or last is None or last.of != seen.mapped:
        return seen.as_of, seen.overview()
    return last.as_of, last.overview


def as_of_given(request: Request) -> datetime | None:
    text = request.params.first("as_of")
    if text is None:
        return None
    at = parse_instant(text)
    if at is None:
        raise Rejected("as_of is not a date-time.", parameter="as_of")
    return at


def check_window(days: int) -> None:
    if not 1 <= days <= MAX_WINDOW_DAYS:
        raise Rejected(f"predicted_window_days is a whole number from 1 to {MAX_WINDOW_DAYS}.",
                       field=f"{ATTRIBUTES}/predicted_window_days")  # fmt: skip


def _since(changed: datetime | None, state: State) -> TypeGuard[datetime]:
    """Has something changed since the last refresh began?"""
    return changed is not None and (state.refreshed_at is None or state.refreshed_at < changed)


def _mapped(seen: Ground) -> Json:
    book = seen.book
    counted = zip(_OF_ORDERS, (book.revenue, book.refunded, book.cancelled), strict=True)
    return {
        name: one and {"type": "custom-metric" if one.custom else "metric", "id": one.id, "name": one.name}
        for name, one in counted
    }


def _warnings(settings: Settings, state: State, verdict: Verdict) -> list[str]:
    found = [RELAXED_WARNING] if settings.eligibility == RELAXED else []
    if not verdict.met:
        found.append(verdict.why)
    if state.why is not None and state.why != verdict.why:
        found.append(state.why)
    return found


def _with(held: Settings, given: _Attributes, request: Request) -> Settings:
    return Settings(
        held.predicted_window_days if given.predicted_window_days is UNSET else given.predicted_window_days,
        held.eligibility if given.clv_eligibility is UNSET else given.clv_eligibility,
        request.now if held.updated is None else max(request.now, held.updated),
        request.key_id or None,
    )
