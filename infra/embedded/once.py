"""Run one scheduled job now, in this process: `regulars jobs run`."""

from __future__ import annotations

from pathlib import Path

from cdp import events
from cdp.errors import CdpError
from cdp.events.scheduled import Scheduled
from cdp.spec import FunctionSpec
from infra.embedded import values
from infra.embedded.inboxes import sqs_record
from infra.specs import load_handler, rooms


class JobFailed(Exception):
    """The job is unknown or did not end well; the text says why."""


def run_job(data: Path, job: Scheduled) -> None:
    """Call the handler of the room that knows the job. The job sees the message as if its clock had sent it."""
    spec = _room_of(job.job)
    values.apply(data, rooms())
    try:
        record = sqs_record("now", "now", events.encode(job), attempt=1, sent_at_ms=0)
        answer = load_handler(spec)({"Records": [record]}, None) or {}
    except CdpError as error:
        raise JobFailed(f"{job.job} failed: {error}") from error
    if answer.get("batchItemFailures"):
        raise JobFailed(f"{job.job} could not finish; the log above says why")


def _room_of(job: str) -> FunctionSpec:
    known = {schedule.name: spec for spec in rooms() for schedule in spec.schedules}
    by_room = {spec.name: spec for spec in rooms() if spec.schedules}
    spec = known.get(job) or by_room.get(job)
    if spec is None:
        raise JobFailed(f"no job is called {job!r}; there are: {', '.join(sorted(known))}")
    return spec
