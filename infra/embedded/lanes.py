"""Where handlers run. Measured in docs/adr/0030: a hand-over between threads costs more than a small handler.

`ThreadLane`: a thread a call; for rooms that read and compute.
`BatchLane`: one thread takes all requests that wait, runs their handlers one after the other and makes what they
sent durable in one commit, before any of them is answered; for rooms that only check and enqueue.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeAlias

from cdp.adapters.embedded.queue import commit_together
from cdp.errors import Unavailable
from infra.embedded.payload import Answer, busy, error_answer

log = logging.getLogger("regulars.gateway")

Call: TypeAlias = Callable[[Mapping[str, Any]], Answer]
_Job: TypeAlias = "tuple[Call, Mapping[str, Any], asyncio.Future[Answer]]"

MAX_BATCH = 64


class Lane(Protocol):
    """Runs calls away from the event loop."""

    async def run(self, call: Call, event: Mapping[str, Any]) -> Answer: ...

    def close(self) -> None:
        """Wait for what runs."""
        ...


class ThreadLane:
    """A pool of threads."""

    def __init__(self, name: str, threads: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)

    async def run(self, call: Call, event: Mapping[str, Any]) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self._pool, call, event)

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)


class BatchLane:
    """Threads that each take whatever waits. Two of them: one parses while the other waits for the disk."""

    def __init__(self, name: str, threads: int = 2) -> None:
        self._waiting: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._work, name=f"{name}-{i}", daemon=True) for i in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    async def run(self, call: Call, event: Mapping[str, Any]) -> Answer:
        done: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.put((call, event, done))
        return await done

    def close(self) -> None:
        for _ in self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while (first := self._waiting.get()) is not None:
            batch = [first]
            while len(batch) < MAX_BATCH:
                try:
                    job = self._waiting.get_nowait()
                except queue.Empty:
                    break
                if job is None:
                    self._waiting.put(None)
                    break
                batch.append(job)
            answers = _answers(batch)
            batch[0][2].get_loop().call_soon_threadsafe(_settle, batch, answers)


def _answers(batch: list[_Job]) -> list[Answer]:
    """Run the calls; those that sent something are answered only if the common commit went well."""
    answers: list[Answer] = []
    sent: list[bool] = []
    try:
        with commit_together() as rows:
            for call, event, _ in batch:
                before = len(rows)
                answers.append(call(event))
                sent.append(len(rows) > before)
    except Unavailable as error:
        log.warning("%d requests refused: %s", sum(sent), error)
        refusal = busy(str(error), error.retry_after_s)
    except Exception:
        log.exception("%d requests fail: their commit did", sum(sent))
        refusal = error_answer(500, "error", "Internal error.", "The error has been logged.")
    else:
        return answers
    return [refusal if had_sent else answer for answer, had_sent in zip(answers, sent, strict=True)]


def _settle(batch: list[_Job], answers: list[Answer]) -> None:
    for (_, _, done), answer in zip(batch, answers, strict=True):
        if not done.done():
            done.set_result(answer)
