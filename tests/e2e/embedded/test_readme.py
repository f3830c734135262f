"""The README's commands and code, run as they stand there."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infra.embedded.process import free_port
from tests.e2e.embedded.test_platform import wait_for

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text()
_BLOCK = re.compile(r"<!-- run: (\w+) -->\n```(\w+)\n(.*?)```", re.DOTALL)
BLOCKS = {name: (language, code) for name, language, code in _BLOCK.findall(README)}


@dataclass
class Reader:
    """Somebody who follows the README in an empty folder; `make` and the environment are ours."""

    folder: Path
    port: int
    key: str = "pk_…"

    def follow(self, name: str) -> str:
        language, code = BLOCKS[name]
        code = code.replace("8080", str(self.port)).replace("pk_…", self.key)
        command = {"bash": ["bash", "-euc", code], "python": [sys.executable, "-c", code]}[language]
        environment = {**os.environ, "KEY": self.key, "RATE_LIMIT_FACTOR": "0"}
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True,
            timeout=120, start_new_session=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    folder = tmp_path_factory.mktemp("readme")
    (folder / "Makefile").write_text("setup:\n\t@true\n")
    (folder / ".venv").symlink_to(ROOT / ".venv")
    made = Reader(folder, free_port())
    yield made
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


def start(reader: Reader) -> None:
    """The blocks before the one that is tested."""
    if reader.key != "pk_…":
        return
    language, code = BLOCKS["up"]
    quiet = code.replace(" &\n", " >up.log 2>&1 &\n")
    BLOCKS["up"] = (language, quiet)
    reader.key = json.loads(reader.follow("up").splitlines()[-1])["private_key"]
    health = ["curl", "-sf", f"http://127.0.0.1:{reader.port}/health"]
    wait_for(lambda: subprocess.run(health, capture_output=True).returncode == 0)


def events(reader: Reader) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(reader.follow("curl"))["data"]
    return found


def test_every_block_is_run_here() -> None:
    assert set(BLOCKS) == {"up", "sdk", "curl", "import", "report", "deploy"}
    assert README.count("```bash") + README.count("```python") == len(BLOCKS), (
        "mark new blocks, and run them here"
    )


def test_the_sdk_block_sends_an_event(reader: Reader) -> None:
    start(reader)
    reader.follow("sdk")
    sent = wait_for(lambda: [e for e in events(reader) if e["attributes"]["event_properties"].get("OrderId") == 1001
                             or e["attributes"]["event_properties"].get("OrderId") == "1001"])  # fmt: skip
    assert len(sent) == 1


def test_the_import_block_imports(reader: Reader) -> None:
    start(reader)
    before = len(events(reader))
    rows = "Email,Order Date,Total\n" + "".join(
        f"c{n}@example.com,2026-01-0{1 + n},{n}.50\n" for n in range(5)
    )
    (reader.folder / "orders.csv").write_text(rows)
    assert "5 rows, 5 sent, 0 rejected" in reader.follow("import")
    wait_for(lambda: len(events(reader)) == before + 5)
    report = json.loads(reader.follow("report"))["data"]["attributes"]
    assert sum(group["end"]["count"] for group in report["results"]) >= 5


def test_the_deploy_block_is_a_target() -> None:
    """Deploying needs an account; the template itself is deployed on an emulator in tests/e2e."""
    dry = subprocess.run(["make", "--dry-run", "deploy"], cwd=ROOT, capture_output=True, text=True)
    assert dry.returncode == 0, dry.stderr
    assert "infra.aws.deploy" in dry.stdout


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)", README):
        assert (ROOT / target).exists(), target


def test_commands_of_the_tables_exist() -> None:
    program = ROOT / ".venv/bin/regulars"
    for words in (
        ["up"],
        ["account", "create"],
        ["import"],
        *(["jobs", name] for name in ("list", "dead", "replay", "run")),
    ):
        shown = subprocess.run([program, *words, "--help"], capture_output=True, text=True)
        assert shown.returncode == 0, shown.stderr
