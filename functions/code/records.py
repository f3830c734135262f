"""What became of a function's runs: its log, its figures by day, and its dead letters with their replay (SPEC §17)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import msgspec

from cdp.documents import function_letters, function_runs
from cdp.documents.function_letters import Letter
from cdp.documents.function_runs import STATUSES, Day, Run, RunStatus
from cdp.errors import Rejected, conflict, not_found
from cdp.jsonapi.cursors import refused as cursor_refused
from cdp.jsonapi.documents import Json, collection, identifier, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.jsonapi.matrix import Filters, one_of
from cdp.jsonapi.paging import Slice, read_page
from cdp.jsonapi.times import format_instant
from cdp.ports import Queue, Table
from functions.code import bodies
from functions.code.bodies import Replay
from functions.code.spec import ONE
from functions.code.writing import stored

LOG, METRIC, LETTER = "function-log", "function-metric", "function-dead-letter"
REPLAY, DROP = "function-replay", "function-drop"
FILTERS = Filters({"status": one_of(STATUSES, "equals")})
SIZE = (20, 100)
DAYS, MOST_DAYS = 30, 400


@dataclass(frozen=True)
class Records:
    table: Table
    executions: Queue

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {
            f"GET {ONE}/function-logs": self.logs,
            f"GET {ONE}/function-metrics": self.figures,
            f"GET {ONE}/dead-letters": self.letters,
            f"DELETE {ONE}/dead-letters": self.drop_all,
            f"DELETE {ONE}/dead-letters/{{letter}}": self.drop,
            f"POST {ONE}/replay": self.replay,
        }

    def logs(self, request: Request) -> Response:
        """Runs, the newest first unless asked otherwise."""
        id_, params = stored(self.table, request).thing.id, request.params
        status: RunStatus | None = None
        for condition in params.filter(FILTERS):
            status = condition.value  # type: ignore[assignment]  # one of STATUSES, says the filter

        def read(part: Slice) -> list[Run]:
            return function_runs.page(
                self.table,
                request.account_id,
                id_,
                status=status,
                limit=part.limit,
                after=_place(part),
                descending=part.descending,
            )

        sort = params.sort(("at",), "-at")
        page = read_page(read, lambda one: (one.id,), sort=sort, size=params.page_size(*SIZE), cursor=params.cursor(sort))
        shown = [_resource(request, LOG, one.id, id_, _run(one)) for one in page.rows]
        return Response(document=collection(request, shown, page))

    def figures(self, request: Request) -> Response:
        """By day (UTC), the last first; also days without a run."""
        id_, today = stored(self.table, request).thing.id, request.now.date()
        days = _days(request.params.first("days"))
        found = function_runs.days(self.table, request.account_id, id_, today - timedelta(days=days - 1), today)
        shown = [_resource(request, METRIC, f"{id_}-{one.day}", id_, _day(one)) for one in reversed(found)]
        return Response(document=collection(request, shown))

    def letters(self, request: Request) -> Response:
        """The newest first unless asked otherwise."""
        id_, params = stored(self.table, request).thing.id, request.params

        def read(part: Slice) -> list[Letter]:
            return function_letters.page(
                self.table,
                request.account_id,
                id_,
                limit=part.limit,
                after=_place(part),
                descending=part.descending,
            )

        sort = params.sort(("at",), "-at")
        page = read_page(
            read, lambda one: (one.place,), sort=sort, size=params.page_size(*SIZE), cursor=params.cursor(sort)
        )
        shown = [_resource(request, LETTER, one.id, id_, _letter(one)) for one in page.rows]
        return Response(document=collection(request, shown, page))

    def replay(self, request: Request) -> Response:
        """Dead letters are handed to the live version again, as if their events had just come."""
        wanted = bodies.replay.read(request).attributes if request.body else Replay()
        function = stored(self.table, request).thing
        if not function.live:
            raise conflict("No version of the function is live; publish one, then replay.")
        done = function_letters.replay(self.table, self.executions, request.account_id, function.id, wanted.ids)
        attributes: Json = {"replayed": done.letters, "more": done.more}
        return Response(202, document=single(request, _resource(request, REPLAY, function.id, function.id, attributes)))

    def drop_all(self, request: Request) -> Response:
        """Dead letters that nobody needs, the oldest first; `more` if there were more than one call takes."""
        id_ = stored(self.table, request).thing.id
        done = function_letters.drop(self.table, request.account_id, id_)
        attributes: Json = {"dropped": done.letters, "more": done.more}
        return Response(document=single(request, _resource(request, DROP, id_, id_, attributes)))

    def drop(self, request: Request) -> Response:
        id_, letter = stored(self.table, request).thing.id, request.path["letter"]
        if not function_letters.drop(self.table, request.account_id, id_, [letter]).letters:
            raise not_found("dead letter", letter)
        return Response(204)


def _place(part: Slice) -> str | None:
    match part.after:
        case None:
            return None
        case (str(place),) if place:
            return place
    raise cursor_refused("The cursor does not belong to this collection.")


def _days(text: str | None) -> int:
    if text is None:
        return DAYS
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= MOST_DAYS):
        raise Rejected(f"Days are a whole number from 1 to {MOST_DAYS}.", parameter="days")
    return int(text)


def _resource(request: Request, type_: str, id_: str, function_id: str, attributes: Json) -> Json:
    return {
        "type": type_,
        "id": id_,
        "attributes": attributes,
        "relationships": {"function": {"data": identifier("function", function_id)}},
        "links": {"self": f"{request.base_url}{request.raw_path}"},
    }


def _run(one: Run) -> Json:
    return {
        "status": one.status,
        "at": format_instant(one.at),
        "version": one.version,
        "event_id": one.event_id,
        "profile_id": one.profile_id,
        "attempt": one.attempt,
        "duration_ms": one.duration_ms,
        "result": one.result,
        "result_cut": one.result_cut,
        "failure": None if one.failure is None else msgspec.to_builtins(one.failure),
        "logs": [msgspec.to_builtins(line) for line in one.logs],
        "logs_truncated": one.truncated,
        "fetched": [msgspec.to_builtins(fetched) for fetched in one.fetched],
        "again_at": None if one.again_at is None else format_instant(one.again_at),
    }


def _day(one: Day) -> Json:
    runs = sum(one.runs.values())
    return {
        "day": one.day.isoformat(),
        "runs": runs,
        **{status: one.runs.get(status, 0) for status in STATUSES},
        "unrecorded": one.unrecorded,
        "average_ms": one.duration_ms / runs if runs else None,
        "longest_ms": one.longest_ms if runs else None,
        "letters_lost": one.letters_lost,
    }


def _letter(one: Letter) -> Json:
    return {
        "event_id": one.id,
        "at": format_instant(one.at),
        "status": one.status,
        "attempts": one.attempt,
        "version": one.version,
        "profile_id": one.profile_id,
        "failure": None if one.failure is None else msgspec.to_builtins(one.failure),
    }
