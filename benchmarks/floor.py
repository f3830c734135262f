"""The floor for HTTP intake: a bare uvicorn application that stores each body in SQLite, fsynced, in groups.

    python -m benchmarks.floor PORT FILE

It checks nothing, knows no account and no route: what it reaches is what uvicorn, SQLite and the disk allow.
"""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import sys
import threading
from typing import Any

import uvicorn

_waiting: queue.SimpleQueue[tuple[bytes, asyncio.Future[None]]] = queue.SimpleQueue()
_threads: list[threading.Thread] = []


async def application(scope: Any, receive: Any, send: Any) -> None:
    loop = asyncio.get_running_loop()
    if not _threads:
        _threads.append(threading.Thread(target=_commit, args=(sys.argv[2], loop), daemon=True))
        _threads[0].start()
    body, more = b"", scope["method"] == "POST"
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    if body:
        done = loop.create_future()
        _waiting.put((body, done))
        await done
    await send({"type": "http.response.start", "status": 202, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


def _commit(path: str, loop: asyncio.AbstractEventLoop) -> None:
    db = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        db.execute(f"PRAGMA {pragma}")
    db.execute("CREATE TABLE body (id INTEGER PRIMARY KEY, body BLOB)")
    while True:
        group = [_waiting.get()]
        while not _waiting.empty():
            group.append(_waiting.get())
        db.execute("BEGIN IMMEDIATE")
        db.executemany("INSERT INTO body (body) VALUES (?)", [(body,) for body, _ in group])
        db.execute("COMMIT")
        loop.call_soon_threadsafe(_settle, group)


def _settle(group: list[tuple[bytes, asyncio.Future[None]]]) -> None:
    for _, done in group:
        if not done.done():
            done.set_result(None)


if __name__ == "__main__":
    uvicorn.run(
        application, port=int(sys.argv[1]), loop="uvloop", http="httptools", ws="none", lifespan="off",
        access_log=False, log_level="warning", server_header=False, date_header=False,
    )  # fmt: skip
