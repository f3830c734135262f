"""A headless Chromium, driven over its DevTools protocol: messages of JSON, each ended by a NUL, through a pipe."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".build" / "browser" / "chromium"
WAIT_S = 60
_ABOVE = 10  # the child's pipes become 3 and 4: ours must not stand in the way
_START = "import os, sys; [os.dup2(int(sys.argv[n]), n + 2) for n in (1, 2)]; os.execv(sys.argv[3], sys.argv[3:])"
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--no-zygote",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--no-proxy-server",
    "--font-render-hinting=none",
    "--remote-debugging-pipe",
)


def executable() -> tuple[list[str], dict[str, str]]:
    """Command and environment of a browser that starts on this machine; RuntimeError says what to do."""
    own = os.environ.get("REGULARS_CHROMIUM")
    command = [own or str(FOLDER / "headless-shell")]
    if not Path(command[0]).exists():
        raise RuntimeError(
            f"there is no browser at {command[0]}: run `make browser`, name one in REGULARS_CHROMIUM, "
            "or leave the browser tests out with REGULARS_NO_BROWSER=1"
        )
    plain = {**os.environ} if own else {**os.environ, "FONTCONFIG_FILE": str(FOLDER / "fonts.conf")}
    libraries = {**plain, "LD_LIBRARY_PATH": str(FOLDER / "al2023" / "lib")}  # for machines that lack NSS
    said = ""
    for environment in (plain, libraries):
        ran = subprocess.run([*command, "--version"], env=environment, capture_output=True, text=True, check=False)
        if ran.returncode == 0:
            return command, environment
        said = ran.stderr.strip()
    raise RuntimeError(
        f"{command[0]} does not start here: {said}\nName a Chromium of this machine in REGULARS_CHROMIUM, "
        "or leave the browser tests out with REGULARS_NO_BROWSER=1."
    )


class Browser:
    """One browser process with an empty profile."""

    def __init__(self, folder: Path) -> None:
        command, environment = executable()
        child_reads, self._write = _pipe()
        self._read, child_writes = _pipe()
        arguments = [*command, *_FLAGS, f"--user-data-dir={folder}"]
        with open(folder / "log", "wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _START, str(child_reads), str(child_writes), *arguments],
                env=environment,
                pass_fds=(child_reads, child_writes),
                stdout=log,
                stderr=log,
            )
        os.close(child_reads)
        os.close(child_writes)
        self._log = folder / "log"
        self._last, self._buffer = 0, b""
        self.events: list[dict[str, Any]] = []

    def call(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        """Run a command of the protocol; what it gives back."""
        self._last += 1
        message: dict[str, Any] = {"id": self._last, "method": method, "params": params}
        if session is not None:
            message["sessionId"] = session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + WAIT_S
        while (answer := self._receive(until)).get("id") != self._last:
            self.events.append(answer)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        result: dict[str, Any] = answer["result"]
        return result

    def wait(self, method: str, session: str) -> dict[str, Any]:
        """The next event of that name; those before it stay in `events`."""
        until = time.monotonic() + WAIT_S
        seen = 0
        while True:
            for at in range(seen, len(self.events)):
                if self.events[at]["method"] == method and self.events[at].get("sessionId") == session:
                    return self.events.pop(at)
            seen = len(self.events)
            self.events.append(self._receive(until))

    def _receive(self, until: float) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._read], [], [], max(0.0, until - time.monotonic()))
            chunk = os.read(self._read, 1 << 20) if ready else b""
            if not chunk:
                raise RuntimeError(f"the browser does not answer:\n{self._log.read_text()[-2000:]}")
            self._buffer += chunk
        text, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        return message

    def close(self) -> None:
        os.close(self._write)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._read)


class Page:
    """A tab in a context of its own: no cookie or cache of another page."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._context = browser.call("Target.createBrowserContext")["browserContextId"]
        target = browser.call("Target.createTarget", url="about:blank", browserContextId=self._context)
        attached = browser.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session: str = attached["sessionId"]
        for domain in ("Page", "Network", "Runtime"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        return self._browser.call(method, self._session, **params)

    def visit(self, url: str) -> None:
        """Go there; back when everything is loaded."""
        self.call("Page.navigate", url=url)
        self._browser.wait("Page.loadEventFired", self._session)

    def run(self, expression: str) -> Any:
        """The value of the expression, or of the promise that it is."""
        ran = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in ran:
            raise RuntimeError(ran["exceptionDetails"])
        return ran["result"].get("value")

    def faults(self) -> list[Mapping[str, Any]]:
        """Exceptions that no script caught."""
        return [event["params"] for event in self._mine("Runtime.exceptionThrown")]

    def asked(self, part: str) -> list[str]:
        """Addresses with `part` that were fetched over the network, not out of a cache."""
        self.run("0")  # what has happened so far has been reported then
        cached = {event["params"]["requestId"] for event in self._mine("Network.requestServedFromCache")}
        answers = [event["params"] for event in self._mine("Network.responseReceived")]
        cached |= {one["requestId"] for one in answers if one["response"].get("fromDiskCache")}
        sent = [event["params"] for event in self._mine("Network.requestWillBeSent")]
        return [
            one["request"]["url"] for one in sent if part in one["request"]["url"] and one["requestId"] not in cached
        ]

    def picture(self, path: Path) -> None:
        """What the visitor sees, as PNG."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def close(self) -> None:
        self._browser.call("Target.disposeBrowserContext", browserContextId=self._context)

    def _mine(self, method: str) -> Iterator[dict[str, Any]]:
        return (e for e in self._browser.events if e["method"] == method and e.get("sessionId") == self._session)


@contextmanager
def running(folder: Path) -> Iterator[Browser]:
    browser = Browser(folder)
    try:
        yield browser
    finally:
        browser.close()


def _pipe() -> tuple[int, int]:
    ends = os.pipe()
    high = tuple(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, _ABOVE) for end in ends)
    for end in ends:
        os.close(end)
    return high[0], high[1]
