from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cdp.adapters.embedded.queue import SqliteQueue
from cdp.errors import Unavailable
from cdp.spec import FunctionSpec, Inbox
from infra.embedded.inboxes import BULK_LIMIT, MAX_BATCH_BYTES, InboxReader, back_off_s

Handler = Callable[[Mapping[str, Any], Any], Any]


@dataclass(frozen=True)
class Settings:
    pass


class Seen:
    """A handler that notes its batches and answers or fails as told."""

    def __init__(self, act: Callable[[Sequence[str]], Any] = lambda bodies: None) -> None:
        self.batches: list[list[str]] = []
        self._act = act

    def __call__(self, event: Mapping[str, Any], context: Any) -> Any:
        bodies = [record["body"] for record in event["Records"]]
        self.batches.append(bodies)
        failed = self._act(bodies) or ()
        return {
            "batchItemFailures": [
                {"itemIdentifier": r["messageId"]} for r in event["Records"] if r["body"] in failed
            ]
        }


@pytest.fixture
def queue(tmp_path: Path) -> SqliteQueue:
    return SqliteQueue(str(tmp_path / "queues.db"), "r")


def reader(
    queue: SqliteQueue, handler: Handler, *, batch: int = 10, attempts: int = 5, crashes: int = 0
) -> InboxReader:
    spec = FunctionSpec("r", "", Settings, inbox=Inbox(batch_size=batch, max_attempts=attempts))
    return InboxReader(spec, queue, lambda: handler, crashes)


def test_handled_messages_are_gone(queue: SqliteQueue) -> None:
    queue.send(["a", "b", "c"])
    seen = Seen()
    reading = reader(queue, seen, batch=2)
    assert [reading.turn(), reading.turn(), reading.turn()] == [True, True, False]
    assert seen.batches == [["a", "b"], ["c"]]
    assert queue.depth() == 0


def test_failed_items_come_again_and_others_do_not(queue: SqliteQueue) -> None:
    queue.send(["good", "bad"])
    reader(queue, Seen(lambda bodies: ["bad"])).turn()
    assert queue.depth() == 1
    assert queue.receive(10, visibility_s=1) == []  # it waits for its delay
    assert queue.dead_letters() == []


def test_a_failing_handler_sets_aside_after_the_last_attempt(queue: SqliteQueue) -> None:
    def fail(bodies: Sequence[str]) -> None:
        raise RuntimeError("a bug")

    queue.send(["poison"])
    reading = reader(queue, Seen(fail), attempts=2)
    reading.turn()
    (held,) = _all_visible(queue)
    queue.retry(held, delay_s=0)
    reading.turn()
    (letter,) = queue.dead_letters()
    assert (letter.body, letter.reason) == ("poison", "RuntimeError: a bug")
    assert queue.depth() == 0


def _all_visible(queue: SqliteQueue) -> list[Any]:
    queue.release()
    return queue.receive(100, visibility_s=60)


def test_unavailable_sets_nothing_aside(queue: SqliteQueue) -> None:
    def full(bodies: Sequence[str]) -> None:
        raise Unavailable("the disk is full", retry_after_s=1)

    queue.send(["m"])
    reading = reader(queue, Seen(full), attempts=1)
    for _ in range(3):
        queue.release()
        reading.turn()
    assert (queue.depth(), queue.dead_letters()) == (1, [])


def test_a_bulk_inbox_is_taken_whole(queue: SqliteQueue) -> None:
    queue.send([f"{n}" for n in range(1500)])
    seen = Seen()
    reader(queue, seen, batch=100).turn()
    assert [len(batch) for batch in seen.batches] == [1500]
    assert BULK_LIMIT > 1500


def test_a_batch_stays_near_its_bytes(queue: SqliteQueue) -> None:
    small, large = "s" * 10, "l" * 500_000
    for _ in range(4):
        queue.send([small] * 10)
    queue.send([large] * 40)
    seen = Seen()
    reading = reader(queue, seen, batch=100)
    while reading.turn():
        pass
    assert sum(map(len, seen.batches)) == 80
    largest = max(sum(map(len, batch)) for batch in seen.batches)
    assert largest <= 3 * MAX_BATCH_BYTES


@pytest.mark.parametrize("poison", [0, 7, 499, 999])
def test_a_message_that_kills_the_worker_is_found(queue: SqliteQueue, poison: int) -> None:
    """Every `Killed` stands for the end of the process; a new reader stands for its restart."""

    class Killed(BaseException):
        pass

    done: list[str] = []

    def kill(bodies: Sequence[str]) -> None:
        if f"{poison}" in bodies:
            raise Killed
        done.extend(bodies)

    queue.send([f"{n}" for n in range(1000)])
    crashes = 0
    reading = reader(queue, Seen(kill), batch=100)
    while True:
        try:
            while reading.turn():
                pass
            break
        except Killed:
            crashes += 1
            assert crashes < 20
            reading = reader(queue, Seen(kill), batch=100, crashes=crashes)
    assert sorted(done, key=int) == [f"{n}" for n in range(1000) if n != poison]
    assert [letter.body for letter in queue.dead_letters()] == [f"{poison}"]


def test_messages_held_at_a_crash_come_first(queue: SqliteQueue) -> None:
    queue.send(["old"])
    queue.receive(1, visibility_s=1000)
    queue.send(["new"])
    seen = Seen()
    reader(queue, seen).turn()
    assert seen.batches == [["old", "new"]]


def test_back_off_grows_to_a_minute() -> None:
    delays = [back_off_s(attempt) for attempt in range(1, 12)]
    assert delays == sorted(delays)
    assert (delays[0], delays[-1]) == (1, 60)
