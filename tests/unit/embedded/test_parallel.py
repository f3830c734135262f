"""Several batches of one inbox at the same time."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cdp.adapters.embedded.queue import SqliteQueue
from cdp.spec import FunctionSpec, Inbox
from infra.embedded.parallel import ParallelReader
from tests.unit.embedded.test_inboxes import Handler, Settings

THREADS = 4
PATIENCE_S = 20


@pytest.fixture
def queue(tmp_path: Path) -> SqliteQueue:
    return SqliteQueue(str(tmp_path / "queues.db"), "r")


def _run(queue: SqliteQueue, handler: Handler, until: threading.Event, batch: int = 1) -> None:
    """Read until `until`, and to the end of what is under way then."""
    spec = FunctionSpec("r", "", Settings, inbox=Inbox(batch_size=batch, threads=THREADS))
    stop = threading.Event()
    thread = threading.Thread(target=ParallelReader(spec, queue, lambda: handler).run, args=(stop,), daemon=True)
    thread.start()
    try:
        assert until.wait(PATIENCE_S)
    finally:
        stop.set()
        thread.join()


def test_as_many_at_once_as_there_are_threads(queue: SqliteQueue) -> None:
    """Each waits for three others: one after the other they would wait for ever."""
    queue.send([str(no) for no in range(3 * THREADS)])
    meeting, done, lock = threading.Barrier(THREADS), threading.Event(), threading.Lock()
    seen: list[str] = []

    def handler(event: Mapping[str, Any], context: object) -> None:
        for record in event["Records"]:
            meeting.wait(PATIENCE_S)
            with lock:
                seen.append(record["body"])
                if len(seen) == 3 * THREADS:
                    done.set()

    _run(queue, handler, done)
    assert sorted(seen, key=int) == [str(no) for no in range(3 * THREADS)]
    assert queue.depth() == 0


def test_one_that_hangs_holds_up_nobody(queue: SqliteQueue) -> None:
    queue.send(["hangs", *(str(no) for no in range(50))])
    others = threading.Event()
    seen: list[str] = []

    def handler(event: Mapping[str, Any], context: object) -> None:
        for record in event["Records"]:
            if record["body"] == "hangs":
                assert others.wait(PATIENCE_S)
            seen.append(record["body"])
            if len(seen) == 50:
                others.set()

    _run(queue, handler, others)
    assert sorted(seen) == sorted(["hangs", *(str(no) for no in range(50))])
    assert queue.depth() == 0


def test_batches_are_as_large_as_they_may_be(queue: SqliteQueue) -> None:
    queue.send([str(no) for no in range(11)])
    done, sizes = threading.Event(), list[int]()

    def handler(event: Mapping[str, Any], context: object) -> None:
        sizes.append(len(event["Records"]))
        if sum(sizes) == 11:
            done.set()

    _run(queue, handler, done, batch=3)
    assert max(sizes) == 3
    assert sum(sizes) == 11


def test_a_batch_that_fails_comes_again_and_others_do_not(queue: SqliteQueue) -> None:
    queue.send(["good", "bad"])
    done = threading.Event()
    seen: list[str] = []

    def handler(event: Mapping[str, Any], context: object) -> None:
        (record,) = event["Records"]
        seen.append(record["body"])
        if seen.count("bad") == 2:
            done.set()
        elif record["body"] == "bad":
            raise RuntimeError("a bug")

    _run(queue, handler, done)
    assert sorted(seen) == ["bad", "bad", "good"]
