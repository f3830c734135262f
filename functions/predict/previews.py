"""POST /api/clv-setting-previews: what a window would give, by a real back-test, before it is saved (SPEC §6.3).

It needs two fits, which the room `fit` makes: the caller waits some seconds for the answer, else gets 202 and asks
`GET /api/clv-setting-previews/{id}`. `as_of` (default now) is what everything is reckoned from, `holdout_days` how long
the back-test is (default: the window, at most a third of the history).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from cdp import events
from cdp.documents import clv_trainings, jobs
from cdp.documents.clv_trainings import Training
from cdp.errors import Rejected, not_found
from cdp.events import PredictionDue
from cdp.jsonapi.bodies import ATTRIBUTES, Body, New
from cdp.jsonapi.documents import Json, Resources, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.jsonapi.times import format_instant, parse_instant
from cdp.ports import Queue, Table
from functions.predict.clv_settings import MAX_WINDOW_DAYS, check_window

TYPE = "clv-setting-preview"
PATH = "/api/clv-setting-previews"
_PAUSE_S = 0.1
_NOTHING: Json = {
    "confidence": None, "reason": None, "predicted_revenue": None, "samples": [], "holdout": None, "model": None,
}  # fmt: skip


class _Attributes(msgspec.Struct, frozen=True):
    predicted_window_days: int
    as_of: str | None = None
    holdout_days: int | None = None


_body = Body(TYPE, New[_Attributes])


@dataclass(frozen=True)
class Previews:
    """`patience_s`: how long a caller waits for the answer."""

    table: Table
    queue: Queue
    patience_s: float
    sleep: Callable[[float], None] = time.sleep

    def operations(self) -> dict[str, Operation]:
        return {f"POST {PATH}": self.made, f"GET {PATH}/{{id}}": self.one}

    def made(self, request: Request) -> Response:
        asked = _asked(request, _body.read(request).attributes)
        clv_trainings.save(self.table, request.account_id, asked)
        self.queue.send([events.encode(PredictionDue(request.account_id, refresh=asked.id))])
        until = time.monotonic() + self.patience_s
        while asked.result is None and time.monotonic() < until:
            self.sleep(_PAUSE_S)
            asked = clv_trainings.get(self.table, request.account_id, asked.id) or asked
        url = f"{request.base_url}{PATH}/{asked.id}"
        status = 202 if asked.result is None else 200
        return Response(status, self._document(request, asked), headers={"location": url})

    def one(self, request: Request) -> Response:
        found = clv_trainings.get(self.table, request.account_id, request.path["id"])
        if found is None or found.kind != "preview":
            raise not_found(TYPE, request.path["id"])
        return Response(document=self._document(request, found))

    def _document(self, request: Request, asked: Training) -> Json:
        result = asked.result
        attributes: Json = {
            "status": "processing" if result is None else "complete",
            "predicted_window_days": asked.window_days,
            "as_of": format_instant(asked.as_of),
            **_NOTHING,
            **({} if result is None else result.shown),
        }
        make = Resources(request, TYPE, "clv-setting-previews", fields=request.params.fields(TYPE)).make
        return single(request, make(asked.id, attributes))


def _asked(request: Request, given: _Attributes) -> Training:
    check_window(given.predicted_window_days)
    as_of = request.now if given.as_of is None else parse_instant(given.as_of)
    if as_of is None:
        raise Rejected("as_of is not a date-time.", field=f"{ATTRIBUTES}/as_of")
    if given.holdout_days is not None and not 1 <= given.holdout_days <= MAX_WINDOW_DAYS:
        raise Rejected(f"holdout_days is a whole number from 1 to {MAX_WINDOW_DAYS}.", field=f"{ATTRIBUTES}/holdout_days")
    return Training(
        jobs.new_id(), "preview", request.now, as_of, given.predicted_window_days, True, given.holdout_days
    )
