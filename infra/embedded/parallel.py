"""An inbox that is read by several threads: for rooms that wait for others most of the time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from cdp.adapters.embedded.queue import SqliteQueue
from cdp.errors import Unavailable
from cdp.ports import Delivery
from cdp.spec import FunctionSpec
from infra.embedded.inboxes import IDLE_S, InboxReader
from infra.specs import Handler

log = logging.getLogger("regulars.worker")


class ParallelReader(InboxReader):
    """Hands batches to `threads` threads; one thread receives for all that are free, so an inbox costs one look at a time."""

    def __init__(self, spec: FunctionSpec, queue: SqliteQueue, handler: Callable[[], Handler], crashes: int = 0) -> None:
        super().__init__(spec, queue, handler, crashes)
        self._free = threading.Semaphore(self._inbox.threads)
        self._pool = ThreadPoolExecutor(self._inbox.threads, thread_name_prefix=f"inbox-{spec.name}")

    def run(self, stop: threading.Event) -> None:
        self._warm()
        try:
            super().run(stop)
        finally:
            self._pool.shutdown()

    def turn(self) -> bool:
        """Hand over what waits as soon as a thread is free; False when there was nothing, or nobody free."""
        if self._suspects and self._crashes > 1:
            self._examine()
            return True
        free = self._acquire()
        if not free:
            return False
        batches: list[Sequence[Delivery]] = []
        try:
            found = self._queue.receive(free * self._limit, visibility_s=self._visibility_s)
            batches = [found[i : i + self._limit] for i in range(0, len(found), self._limit)]
        finally:
            if len(batches) < free:
                self._free.release(free - len(batches))
        for batch in batches:
            self._pool.submit(self._settle, batch)
        return bool(batches)

    def _acquire(self) -> int:
        """As many threads as are free; waits a moment for a first one."""
        if not self._free.acquire(timeout=IDLE_S):
            return 0
        count = 1
        while count < self._inbox.threads and self._free.acquire(blocking=False):
            count += 1
        return count

    def _settle(self, batch: Sequence[Delivery]) -> None:
        try:
            self._handle(batch)
        except Unavailable as error:
            log.warning("%s: %s; %d messages become visible again by themselves", self._spec.name, error, len(batch))
        except Exception:
            log.exception("%s: a batch of %d could not be settled", self._spec.name, len(batch))
        finally:
            self._free.release()
