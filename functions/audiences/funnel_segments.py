"""Segments made from a step of a kept funnel: who came there, or who went no further (SPEC §8.3).

The steps' filters are not carried over. A window becomes the next longer one that the condition has, or a year.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec

from cdp.documents import accounts, funnels, metrics, tags
from cdp.documents.accounts import Account
from cdp.documents.funnels import Funnel, Step
from cdp.documents.segments import Segment
from cdp.errors import Rejected
from cdp.jsonapi.bodies import ATTRIBUTES, Body, New
from cdp.jsonapi.front import Operation, Request, Response
from cdp.ports import Table
from functions.audiences.conditions.profile_metric_funnel import WINDOWS
from functions.audiences.operations import Segments

TAG = "Funnel Analysis"
MAX_STEPS, MAX_DAYS = 5, 365
_DAY = timedelta(days=1)
_LAST: Mapping[str, int] = {"last_7_days": 7, "last_30_days": 30, "last_90_days": 90, "last_365_days": 365}
Key = Literal[
    "last_7_days", "last_30_days", "last_90_days", "last_365_days", "this_week", "this_month", "this_year"
]  # fmt: skip


class Timeframe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A key, or local dates (both included)."""

    key: Key | None = None
    start: date | None = None
    end: date | None = None


class NewFunnelSegment(msgspec.Struct, frozen=True):
    """`step` counts from 1; `dropped`: came to that step, but not to the next one."""

    funnel_id: str
    step: int
    kind: Literal["reached", "dropped"]
    name: str
    timeframe: Timeframe = Timeframe("last_7_days")


_body = Body("funnel-segment", New[NewFunnelSegment])


@dataclass(frozen=True)
class FunnelSegments:
    """Makes them the way that every segment is made."""

    table: Table
    segments: Segments

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {"POST /api/funnel-segments": self.create}

    def create(self, request: Request) -> Response:
        given = _body.read(request).attributes
        account = accounts.get(self.table, request.account_id)
        funnel = self._funnel(request.account_id, given.funnel_id)
        frame = timeframe_filter(given.timeframe, account, request.now)
        made = self.segments.writer.make(request, given.name, definition(funnel, given, frame), starred=False)
        self._tag(request, made)
        return self.segments.created(request, made)

    def _funnel(self, account_id: str, id_: str) -> Funnel:
        found = next((f for f in funnels.dashboard(self.table, account_id).funnels if f.id == id_), None)
        pointer = f"{ATTRIBUTES}/funnel_id"
        if found is None:
            raise Rejected(f"A funnel with id {id_} does not exist.", field=pointer)
        for number, step in enumerate(found.steps, 1):
            if metrics.get(self.table, account_id, step.metric_id) is None:
                raise Rejected(
                    f"Step {number} of the funnel counts {step.metric_id}, which is no metric (any more); "
                    "segments know no custom metrics.",
                    field=pointer,
                )
        return found

    def _tag(self, request: Request, made: Segment) -> None:
        tag, group = tags.ensure(self.table, request.account_id, TAG, request.now)
        tags.attach(self.table, request.account_id, "segment", made.id, tag, group)


def definition(funnel: Funnel, given: NewFunnelSegment, frame: dict[str, Any]) -> msgspec.Raw:
    """What is sent for such a segment; `Rejected` points into the attributes."""
    if not 1 <= given.step <= len(funnel.steps):
        raise Rejected(f"The funnel has the steps 1 to {len(funnel.steps)}.", field=f"{ATTRIBUTES}/step")
    if given.kind == "dropped" and given.step == len(funnel.steps):
        raise Rejected("Nobody drops out after the last step.", field=f"{ATTRIBUTES}/step")
    steps = funnel.steps[: given.step + (given.kind == "dropped")]
    if len(steps) > MAX_STEPS:
        raise Rejected(
            f"A segment follows at most {MAX_STEPS} steps; this takes {len(steps)}.", field=f"{ATTRIBUTES}/step"
        )
    condition = _first(steps[0], frame) if len(steps) == 1 else _way(funnel, steps, given.kind == "reached", frame)
    groups = [{"conditions": [condition]}]
    if funnel.segment_id is not None:
        members = {"type": "profile-group-membership", "is_member": True, "group_ids": [funnel.segment_id]}
        groups.append({"conditions": [members]})
    return msgspec.Raw(msgspec.json.encode({"condition_groups": groups}))


def _first(step: Step, frame: dict[str, Any]) -> dict[str, Any]:
    """One step alone is no funnel."""
    return {
        "type": "profile-metric",
        "metric_id": step.metric_id,
        "measurement": "count",
        "measurement_filter": {"type": "numeric", "operator": "greater-than-or-equal", "value": 1},
        "timeframe_filter": frame,
    }


def _way(funnel: Funnel, steps: tuple[Step, ...], last_exists: bool, frame: dict[str, Any]) -> dict[str, Any]:
    exist = [True] * (len(steps) - 1) + [last_exists]
    return {
        "type": "profile-metric-funnel",
        "timeframe_filter": frame,
        "completion_window_seconds": _window(funnel.window_seconds),
        "steps": [
            {"metric_exists": there, "metric_id": step.metric_id, "metric_filters": []}
            for step, there in zip(steps, exist, strict=True)
        ],
    }


def _window(seconds: int | None) -> str | None:
    """The shortest window that is long enough, else a year; none means the whole period."""
    if seconds is None:
        return None
    enough = (name for name, window in WINDOWS.items() if window >= timedelta(seconds=seconds))
    return next(enough, "YEARS_1")


def timeframe_filter(given: Timeframe, account: Account, now: datetime) -> dict[str, Any]:
    """The time frame as the grammar of conditions has it; days are the account's."""
    pointer = f"{ATTRIBUTES}/timeframe"
    if given.key is not None and given.key in _LAST:
        return {"type": "date", "operator": "in-the-last", "unit": "day", "quantity": _LAST[given.key]}
    today = now.astimezone(ZoneInfo(account.timezone)).date()
    if given.key is not None:
        start, end = _begin(given.key, today, account.week_starts_monday), today
    elif given.start is not None and given.end is not None:
        start, end = given.start, given.end
    else:
        raise Rejected("Give either key, or start and end.", field=pointer)
    if end < start:
        raise Rejected("end must not be earlier than start.", field=f"{pointer}/end")
    if (end - start).days >= MAX_DAYS + (given.key is not None):
        raise Rejected(f"The dates span at most {MAX_DAYS} days.", field=f"{pointer}/end")
    behind = end + _DAY
    return {"type": "date", "operator": "between-static", "start": f"{start}T00:00:00", "end": f"{behind}T00:00:00"}


def _begin(key: str, today: date, monday: bool) -> date:
    if key == "this_week":
        return today - ((today.weekday() + (0 if monday else 1)) % 7) * _DAY
    return today.replace(day=1) if key == "this_month" else today.replace(month=1, day=1)
