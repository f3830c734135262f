"""Group commit of the embedded queue: what many threads and batches may rely on."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cdp.adapters.embedded.queue import SqliteQueue, commit_together


@pytest.fixture
def queue(tmp_path: Path) -> SqliteQueue:
    return SqliteQueue(str(tmp_path / "queues.db"), "r")


def bodies(queue: SqliteQueue) -> list[str]:
    return sorted(delivery.body for delivery in queue.receive(10_000, visibility_s=60))


def test_messages_of_a_block_appear_at_its_end(queue: SqliteQueue) -> None:
    with commit_together() as rows:
        queue.send(["a", "b"])
        queue.send(["c"])
        assert len(rows) == 2
        assert queue.depth() == 0
    assert bodies(queue) == ["a", "b", "c"]


def test_a_block_that_fails_sends_nothing(queue: SqliteQueue) -> None:
    with pytest.raises(RuntimeError), commit_together():  # noqa: PT012  the block is what is tested
        queue.send(["a"])
        raise RuntimeError
    assert queue.depth() == 0
    queue.send(["later"])
    assert bodies(queue) == ["later"]


def test_a_block_holds_back_its_own_thread_alone(queue: SqliteQueue) -> None:
    with commit_together():
        queue.send(["mine"])
        other = threading.Thread(target=queue.send, args=(["theirs"],), daemon=True)
        other.start()
        other.join()
        assert bodies(queue) == ["theirs"]
    assert bodies(queue) == ["mine"]


def test_what_many_threads_send_at_once_is_all_there(queue: SqliteQueue) -> None:
    """Every send is durable when it returns, whoever committed it."""
    lost: list[str] = []

    def send(n: int) -> None:
        if n % 2:
            with commit_together():
                queue.send([f"{n}"])
        else:
            queue.send([f"{n}"])
        found = queue._db.connection.execute("SELECT 1 FROM message WHERE body = ?", (f"{n}",)).fetchone()
        if not found:
            lost.append(f"{n}")

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(send, range(600)))
    assert lost == []
    assert queue.depth() == 600
