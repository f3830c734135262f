"""The platform as a child process: for the demo, for tests and for benchmarks."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import httpx

from cdp.settings import inherited

START_S = 30.0
STOP_S = 40.0


class NotReady(Exception):
    """The platform did not answer in time, or ended."""


@dataclass(frozen=True, slots=True)
class Account:
    account_id: str
    private_key: str
    public_key: str


@dataclass(slots=True)
class Platform:
    """`regulars up`; its log goes to `<data>/up.log`.

    `settings` are further variables of its environment, such as RATE_LIMIT_FACTOR.
    """

    data: Path
    port: int
    settings: dict[str, str] = field(default_factory=dict)
    own_group: bool = True  # else it gets the signals of this process's group, Ctrl-C among them
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, *further: str) -> float:
        """Start and wait until it is ready; how long that took, in seconds."""
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        command = [*_CLI, "up", "--data", str(self.data), "--port", str(self.port), *further]
        started = time.monotonic()
        with (self.data / "up.log").open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                env=self._environment(),
                start_new_session=self.own_group,
            )
        while time.monotonic() < started + START_S:
            if self.process.poll() is not None:
                raise NotReady(f"it ended with {self.process.returncode}:\n{self.log_tail()}")
            if self.healthy():
                return time.monotonic() - started
            time.sleep(0.02)
        raise NotReady(f"no answer within {START_S:.0f} s:\n{self.log_tail()}")

    def _environment(self) -> dict[str, str]:
        return {**inherited(), **self.settings}

    def healthy(self) -> bool:
        try:
            # Plain http: the certificates that httpx loads for every call take longer than the call, 30 times a start.
            return httpx.get(f"{self.url}/health", timeout=2.0, verify=False).status_code == 200  # noqa: S501
        except httpx.TransportError:
            return False

    def create_account(self, name: str, timezone: str = "UTC", currency: str = "USD") -> Account:
        """With the command line, as an operator does it."""
        arguments = ["--data", str(self.data), "--name", name, "--timezone", timezone, "--currency", currency]
        made = subprocess.run([*_CLI, "account", "create", *arguments], check=True, capture_output=True)
        return Account(**json.loads(made.stdout))

    def stop(self) -> None:
        """End it as Ctrl-C does."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """SIGKILL: to every one of its processes at once, if it has a group of its own."""
        if self.process is not None:
            if self.own_group:
                os.killpg(self.process.pid, signal.SIGKILL)
            else:
                self.process.kill()
            self.process.wait()

    def log_tail(self) -> str:
        return (self.data / "up.log").read_text(errors="replace")[-4000:]

    def __enter__(self) -> Platform:
        if self.process is None:
            self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


_CLI = [sys.executable, "-m", "infra.embedded.cli"]


def free_port(preferred: int | None = None) -> int:
    """`preferred` if nothing listens there, else any."""
    for port in (preferred, 0):
        if port is None:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            number: int = probe.getsockname()[1]
            return number
    raise NotReady("no free port")
