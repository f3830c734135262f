"""Custom reports that an account keeps: written, changed, copied (SPEC §13.1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from cdp.documents import custom_reports
from cdp.documents.custom_reports import CUSTOM_REPORTS, CustomReport, Frequency, Schedule
from cdp.documents.named import Stored
from cdp.errors import Rejected, Unavailable, not_found
from cdp.jsonapi.bodies import ATTRIBUTES, MAX_NAME, Body, Copy, New, checked_name
from cdp.jsonapi.documents import Json, Resources, collection, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.jsonapi.matrix import INSTANT, TEXT, Filters
from cdp.jsonapi.times import format_instant
from cdp.model.ids import new_short_id
from cdp.model.profile import normal_email
from cdp.ports import Table
from cdp.resources.named import Listing
from functions.reports.requests import pointing
from functions.reports.running import Runner, kind

TYPE = "custom-report"
MAX_RECIPIENTS, MOST = 50, 500
_ALL, _ONE = "/api/custom-reports", "/api/custom-reports/{id}"
_COPY = "Copy of "
FILTERS = Filters(
    {
        "id": TEXT("any", "equals"),
        "name": TEXT("any", "contains", "equals"),
        "report_type": TEXT("any", "equals"),
        "created": INSTANT("greater-than", "less-than"),
        "updated": INSTANT("greater-than", "less-than"),
    }
)


class GivenSchedule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    frequency: Frequency
    recipients: Annotated[list[str], Meta(min_length=1, max_length=MAX_RECIPIENTS)]


class NewReport(msgspec.Struct, frozen=True):
    name: str
    report_type: str
    definition: dict[str, Any]
    schedule: GivenSchedule | None = None


class ReportChange(msgspec.Struct, frozen=True):
    """What is absent stays; a schedule of null is taken away."""

    name: str | None = None
    report_type: str | None = None
    definition: dict[str, Any] | None = None
    schedule: GivenSchedule | UnsetType | None = UNSET


_new = Body(TYPE, New[NewReport])
_changes = Body(TYPE, New[ReportChange])
_copy = Body(TYPE, Copy)


class CustomReports:
    def __init__(self, table: Table, runner: Runner) -> None:
        self._table, self._runner = table, runner

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {
            f"GET {_ALL}": self.listed,
            f"POST {_ALL}": self.create,
            f"GET {_ONE}": self.one,
            f"PATCH {_ONE}": self.update,
            f"DELETE {_ONE}": self.delete,
            "POST /api/custom-report-clone": self.clone,
        }

    def listed(self, request: Request) -> Response:
        page = Listing(
            CUSTOM_REPORTS, self._table, request.account_id, request.params, filters=FILTERS, size=(20, 100)
        ).page()
        return Response(document=collection(request, [resource(request, one) for one in page.rows], page))

    def create(self, request: Request) -> Response:
        given = _new.read(request).attributes
        name, schedule = checked_name(given.name), _schedule(given.schedule, None, request.now)
        self._check(request, given.report_type, given.definition)
        return self._add(request, name, given.report_type, given.definition, schedule)

    def clone(self, request: Request) -> Response:
        """A copy has no schedule: nobody asked for its mail."""
        data = _copy.read(request)
        found = stored(self._table, request.account_id, data.id, "/data/id").thing
        name = (_COPY + found.name)[:MAX_NAME] if data.attributes.name is None else checked_name(data.attributes.name)
        return self._add(request, name, found.report_type, found.definition, None)

    def one(self, request: Request) -> Response:
        return Response(document=single(request, resource(request, self._stored(request).thing)))

    def update(self, request: Request) -> Response:
        given = _changes.read(request).attributes
        found = self._stored(request)
        old = found.thing
        if given.report_type not in (None, old.report_type):
            raise Rejected("The type of a report cannot be changed.", field=f"{ATTRIBUTES}/report_type")
        schedule = old.schedule
        if not isinstance(given.schedule, UnsetType):
            schedule = _schedule(given.schedule, old.schedule, request.now)
        changed = msgspec.structs.replace(
            old,
            name=old.name if given.name is None else checked_name(given.name),
            definition=old.definition if given.definition is None else given.definition,
            schedule=schedule,
            updated=max(request.now, old.updated),
        )
        if given.definition is not None:
            self._check(request, old.report_type, given.definition)
        if not custom_reports.save(self._table, request.account_id, changed, found.version):
            raise Unavailable("the report is being changed by others at the same moment")
        return Response(document=single(request, resource(request, changed)))

    def delete(self, request: Request) -> Response:
        """Its runs can be read by their ids until they expire."""
        if not self._table.write([[CUSTOM_REPORTS.delete(request.account_id, self._stored(request))]])[0]:
            raise Unavailable("the report is being changed by others at the same moment")
        return Response(204)

    def _add(
        self, request: Request, name: str, report_type: str, definition: dict[str, Any], schedule: Schedule | None
    ) -> Response:
        held = CUSTOM_REPORTS.page(self._table, request.account_id, "id", limit=MOST)
        if len(held) >= MOST:
            raise Rejected(f"An account keeps at most {MOST} custom reports.", field="/data")
        made = CustomReport(new_short_id(), name, request.now, request.now, report_type, definition, schedule)
        if not custom_reports.save(self._table, request.account_id, made, 0):
            raise Unavailable("another report took the id; try again")
        location = f"{request.base_url}{_ALL}/{made.id}"
        return Response(201, single(request, resource(request, made)), headers={"location": location})

    def _check(self, request: Request, report_type: str, definition: dict[str, Any]) -> None:
        report = kind(report_type, f"{ATTRIBUTES}/report_type")
        with pointing(f"{ATTRIBUTES}/definition"):
            self._runner.check(request.account_id, report, definition, request.now)

    def _stored(self, request: Request) -> Stored[CustomReport]:
        return stored(self._table, request.account_id, request.path["id"])


def stored(table: Table, account_id: str, id_: str, field: str | None = None) -> Stored[CustomReport]:
    """The report with this id; `Rejected` 404, at `field` if there is none."""
    found = CUSTOM_REPORTS.get(table, account_id, id_)
    if found is None:
        raise not_found(TYPE, id_, field=field)
    return found


def resource(request: Request, one: CustomReport) -> Json:
    make = Resources(request, TYPE, "custom-reports", fields=request.params.fields(TYPE)).make
    schedule: Json | None = None
    if one.schedule is not None:
        schedule = {"frequency": one.schedule.frequency, "recipients": one.schedule.recipients}
    shown: Json = {
        "name": one.name,
        "report_type": one.report_type,
        "definition": one.definition,
        "schedule": schedule,
        "created": format_instant(one.created),
        "updated": format_instant(one.updated),
    }
    made = make(one.id, shown)
    related = f"{request.base_url}{_ALL}/{one.id}/runs"
    return {**made, "relationships": {"runs": {"links": {"related": related}}}}


def _schedule(given: GivenSchedule | None, old: Schedule | None, now: datetime) -> Schedule | None:
    """A schedule begins with the next period; new recipients do not begin it anew."""
    if given is None:
        return None
    at = f"{ATTRIBUTES}/schedule/recipients"
    addresses = [normal_email(address, f"{at}/{n}") for n, address in enumerate(given.recipients)]
    since = old.since if old is not None and old.frequency == given.frequency else now
    return Schedule(given.frequency, tuple(dict.fromkeys(addresses)), since)
