"""Give one message to a room now, in this process: `regulars jobs run`, `regulars segments evaluate`."""

from __future__ import annotations

from pathlib import Path

from cdp import events
from cdp.errors import CdpError
from cdp.events import Message
from cdp.events.scheduled import Scheduled
from cdp.spec import FunctionSpec
from infra.embedded import values
from infra.embedded.inboxes import sqs_record
from infra.specs import load_handler, rooms


class JobFailed(Exception):
    """The job is unknown or did not end well; the text says why."""


def run_job(data: Path, job: Scheduled) -> None:
    """Call the handler of the room that knows the job. The job sees the message as if its clock had sent it."""
    _deliver(data, _room_of(job.job), job, job.job)


def deliver(data: Path, room: str, message: Message) -> None:
    """Call the handler of a room with a message, as if its inbox held it."""
    _deliver(data, next(spec for spec in rooms() if spec.name == room), message, f"the work of {room}")


def _deliver(data: Path, spec: FunctionSpec, message: Message, what: str) -> None:
    values.apply(data, rooms())
    try:
        record = sqs_record("now", "now", events.encode(message), attempt=1, sent_at_ms=0)
        answer = load_handler(spec)({"Records": [record]}, None) or {}
    except CdpError as error:
        raise JobFailed(f"{what} failed: {error}") from error
    if answer.get("batchItemFailures"):
        raise JobFailed(f"{what} could not finish; the log above says why")


def _room_of(job: str) -> FunctionSpec:
    known = {schedule.name: spec for spec in rooms() for schedule in spec.schedules}
    by_room = {spec.name: spec for spec in rooms() if spec.schedules}
    spec = known.get(job) or by_room.get(job)
    if spec is None:
        raise JobFailed(f"no job is called {job!r}; there are: {', '.join(sorted(known))}")
    return spec
