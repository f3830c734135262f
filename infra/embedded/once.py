"""Give one message to a room now, in this process: `regulars jobs run`, `regulars segments evaluate`.

A job may go on in further messages, to its own inbox or to those its room may send to: they are handled here as well,
beside the platform's own workers if it runs, until nothing is left of them.
"""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

from cdp import events
from cdp.adapters.embedded.queue import SqliteQueue
from cdp.errors import CdpError
from cdp.events import Message
from cdp.events.scheduled import Scheduled
from cdp.spec import FunctionSpec
from infra.embedded import values
from infra.embedded.inboxes import InboxReader, sqs_record
from infra.specs import load_handler, rooms

PAUSE_S = 0.1  # while somebody else has the last messages
MANY = 10_000


class JobFailed(Exception):
    """The job is unknown or did not end well; the text says why."""


def run_job(data: Path, job: Scheduled) -> None:
    """Call the handler of the room that knows the job. The job sees the message as if its clock had sent it."""
    spec, started = _room_of(job.job), time.time()
    _deliver(data, spec, job, job.job)
    _follow(data, spec, job.job, started)


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


def _follow(data: Path, spec: FunctionSpec, what: str, started: float) -> None:
    """Until nothing sent since is left in the inboxes that the job may have filled."""
    reached = _reached(spec)
    queues = {one.name: SqliteQueue(str(data / values.QUEUES), one.name) for one in reached}
    before = {name: len(queue.dead_letters(MANY)) for name, queue in queues.items()}
    readers = [InboxReader(one, queues[one.name], partial(load_handler, one), beside=True) for one in reached]
    while any(queue.depth(started) for queue in queues.values()):
        if not any(reader.turn() for reader in readers):
            time.sleep(PAUSE_S)
    if dead := [name for name, queue in queues.items() if len(queue.dead_letters(MANY)) > before[name]]:
        raise JobFailed(f"{what} left dead letters in: {', '.join(dead)}; `regulars jobs dead` shows why")


def _reached(spec: FunctionSpec) -> list[FunctionSpec]:
    """The rooms with an inbox that work of this room can reach by direct messages, itself among them."""
    by_name = {one.name: one for one in rooms() if one.inbox}
    found, left = {}, [spec.name]
    while left:
        if (one := by_name.get(left.pop())) is not None and one.name not in found:
            found[one.name] = one
            left += [grant.resource.removeprefix("queue:") for grant in one.grants]
    return list(found.values())


def _room_of(job: str) -> FunctionSpec:
    known = {schedule.name: spec for spec in rooms() for schedule in spec.schedules}
    by_room = {spec.name: spec for spec in rooms() if spec.schedules}
    spec = known.get(job) or by_room.get(job)
    if spec is None:
        raise JobFailed(f"no job is called {job!r}; there are: {', '.join(sorted(known))}")
    return spec
