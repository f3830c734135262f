"""The process beside the HTTP server: reads inboxes and keeps the schedules.

    python -m infra.embedded.worker --data DIR --room record [--room …] [--clock]

One thread a room, so that one room's long job never delays another's inbox. It ends with its parent: standard
input is a pipe whose end means that the parent is gone, however it went. SIGTERM lets running batches finish.
"""

from __future__ import annotations

import argparse
import gc
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from cdp import connect
from cdp.adapters.embedded.queue import SqliteQueue
from cdp.adapters.embedded.table import SqliteTable
from cdp.errors import Unavailable
from cdp.spec import FunctionSpec
from infra.embedded import logs, values
from infra.embedded.inboxes import InboxReader
from infra.embedded.parallel import ParallelReader
from infra.embedded.schedule import Clockwork
from infra.specs import load_handler, rooms

log = logging.getLogger("regulars.worker")

EXPIRE_EVERY_S = 600.0
# A batch makes a hundred thousand objects that live until it ends: looking for cycles among them every 700
# allocations took a fifth of the recording time.
GC_THRESHOLDS = (50_000, 20, 50)
NICENESS = 5  # a request in the HTTP process comes first when cores are short


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until SIGTERM or until the parent is gone."""
    given = _parse(arguments)
    logs.configure()
    gc.set_threshold(*GC_THRESHOLDS)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    os.nice(NICENESS)
    threading.Thread(target=_die_with_parent, name="parent", daemon=True).start()
    specs = [spec for spec in rooms() if spec.name in given.room]
    values.apply(given.data, rooms())
    threads = [_reader_thread(given.data, spec, given.crashes, stop) for spec in specs]
    if given.clock:
        threads.append(threading.Thread(target=_keep_time, args=(given.data, stop), name="clock"))
    for thread in threads:
        thread.start()
    while not stop.wait(0.5):
        if dead := [thread.name for thread in threads if not thread.is_alive()]:
            log.critical("thread %s ended; the worker is restarted", ", ".join(dead))
            os._exit(70)
    for thread in threads:
        thread.join()
    log.info("worker for %s finished", ", ".join(given.room))
    return 0


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Reads inboxes; started by `regulars up`.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--room", action="append", default=[])
    parser.add_argument("--clock", action="store_true", help="keep the schedules and remove what has expired")
    parser.add_argument("--crashes", type=int, default=0, help="how often in a row it died before")
    return parser.parse_args(arguments)


def _die_with_parent() -> None:
    while os.read(0, 4096):
        pass
    os._exit(1)


def _reader_thread(data: Path, spec: FunctionSpec, crashes: int, stop: threading.Event) -> threading.Thread:
    queue = SqliteQueue(str(data / values.QUEUES), spec.name)
    kind = ParallelReader if spec.inbox and spec.inbox.threads > 1 else InboxReader
    reader = kind(spec, queue, lambda: load_handler(spec), crashes)
    return threading.Thread(target=reader.run, args=(stop,), name=f"inbox-{spec.name}")


def _keep_time(data: Path, stop: threading.Event) -> None:
    clockwork = Clockwork(data, rooms(), lambda room: connect.queue(values.queue(data, room)))
    table = SqliteTable(f"{data}/documents.db")
    expire_at = time.monotonic() + EXPIRE_EVERY_S
    while not stop.wait(1.0):
        try:
            clockwork.tick(datetime.now(UTC))
            if time.monotonic() >= expire_at:
                table.expire(int(time.time()))
                expire_at = time.monotonic() + EXPIRE_EVERY_S
        except Unavailable as error:
            log.warning("clock: %s; trying again", error)


if __name__ == "__main__":
    sys.exit(main())
