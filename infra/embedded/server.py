"""`regulars up`: the platform on one machine. This process serves HTTP; workers run beside it."""

from __future__ import annotations

import fcntl
import logging
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from cdp.adapters.embedded.queue import SqliteBus
from cdp.spec import FunctionSpec
from infra.embedded import values
from infra.embedded.gateway import Gateway
from infra.embedded.workers import Workers
from infra.specs import load_handler, rooms

log = logging.getLogger("regulars.server")

LOCK_WAIT_S = 5.0
BACKLOG = 2048
GRACE_S = 15


class InUse(Exception):
    """Another process runs the platform on this data directory."""


def run(data: Path, host: str, port: int, *, allow_loopback: bool = False) -> None:
    """Serve until SIGTERM or SIGINT."""
    specs = rooms()
    with locked(data):
        loopback = "true" if allow_loopback else "false"
        url = _url(host, port)
        values.apply(data, specs, allow_loopback=loopback, platform_url=url)
        (data / values.ADDRESS).write_text(url)
        SqliteBus(str(data / values.QUEUES)).set_rules(rules(specs))
        gateway = Gateway(specs, load_handler)
        gateway.warm(gateway.rooms_on_the_hot_path())
        workers = Workers(data, specs)
        workers.start()
        try:
            threading.Thread(target=gateway.warm, name="warm", daemon=True).start()
            _serve(gateway, host, port)
        finally:
            workers.stop()
            gateway.close()


def _url(host: str, port: int) -> str:
    """Where the platform's own processes reach it."""
    at = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  compared, not listened on
    return f"http://[{at}]:{port}" if ":" in at else f"http://{at}:{port}"


def rules(specs: tuple[FunctionSpec, ...]) -> dict[str, list[str]]:
    """Message class -> inboxes that receive it, from the rooms' specs."""
    wanted: dict[str, list[str]] = {}
    for spec in specs:
        for rule in spec.rules:
            wanted.setdefault(rule.message.__name__, []).append(spec.name)
    return wanted


@contextmanager
def locked(data: Path) -> Iterator[None]:
    """Hold the data directory for this process; the lock goes with the process, however it ends."""
    with open(data / "up.lock", "w") as file:
        deadline = time.monotonic() + LOCK_WAIT_S
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() > deadline:
                    raise InUse(f"the platform is running on {data} already") from error
                time.sleep(0.05)
        yield


class _Server(uvicorn.Server):
    """Ends without raising the signal again: the workers are still to be ended in good order."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        before = {
            number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _serve(gateway: Gateway, host: str, port: int) -> None:
    config = uvicorn.Config(
        gateway,
        host=host,
        port=port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=GRACE_S,
    )
    _Server(config).run()
