"""Somebody who follows a page of the documentation: its marked blocks, run as they stand there."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from infra.embedded.process import free_port
from tests.e2e.embedded.waiting import wait_for

ROOT = Path(__file__).parents[3]
_BLOCK = re.compile(r"<!-- run: (\w+) -->\n```(\w+)\n(.*?)```", re.DOTALL)
Blocks = dict[str, tuple[str, str]]


def blocks(page: str) -> Blocks:
    """Name -> (language, code) of the blocks that are marked to be run."""
    return {name: (language, code) for name, language, code in _BLOCK.findall((ROOT / page).read_text())}


@dataclass
class Reader:
    """Works in an empty folder with the README's platform; `make` and the environment are ours."""

    folder: Path
    port: int
    key: str = "pk_…"
    variables: dict[str, str] = field(default_factory=dict)

    def follow(self, block: tuple[str, str]) -> str:
        language, code = block
        code = code.replace("8080", str(self.port)).replace("pk_…", self.key)
        command = {"bash": ["bash", "-euc", code], "python": [sys.executable, "-c", code]}[language]
        environment = {**os.environ, "KEY": self.key, "RATE_LIMIT_FACTOR": "0", **self.variables}
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True,
            timeout=120, start_new_session=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self) -> None:
        """Follow the README up to a running platform with an account."""
        language, code = blocks("README.md")["up"]
        answer = self.follow((language, code.replace(" &\n", " >up.log 2>&1 &\n")))
        self.key = json.loads(answer.splitlines()[-1])["private_key"]
        health = ["curl", "-sf", f"http://127.0.0.1:{self.port}/health"]
        wait_for(lambda: subprocess.run(health, capture_output=True).returncode == 0)

    def newcomer(self) -> Reader:
        """Somebody with an account of his own on the same platform."""
        language, code = blocks("README.md")["up"]
        made = self.follow((language, code.splitlines()[-1]))
        return Reader(self.folder, self.port, json.loads(made)["private_key"])


@contextmanager
def reading(folder: Path) -> Iterator[Reader]:
    """A reader with a running platform; it is ended with the block."""
    (folder / "Makefile").write_text("setup:\n\t@true\n")
    (folder / ".venv").symlink_to(ROOT / ".venv")
    reader = Reader(folder, free_port())
    try:
        reader.start()
        yield reader
    finally:
        for pid in _serving(folder):
            os.kill(pid, signal.SIGTERM)
        wait_for(lambda: not _serving(folder))


def _serving(folder: Path) -> list[int]:
    """Processes that work in the folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if entry.joinpath("cwd").resolve() == folder.resolve() and b"up" in entry.joinpath(
                "cmdline"
            ).read_bytes().split(b"\0"):
                found.append(int(entry.name))
        except OSError:
            continue
    return found
