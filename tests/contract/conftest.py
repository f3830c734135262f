"""The AWS emulator of the contract tier, and a table, a queue and the rest on it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

START_S = 60


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An AWS emulator on a free port of 127.0.0.1; while it runs, boto3's environment points at it."""
    folder = tmp_path_factory.mktemp("emulator")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        patch.setenv("AWS_ENDPOINT_URL", url)
        with open(folder / "log", "wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "ministack"],
                env=_environment(folder, port),
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder,
            )
            try:
                _wait(process, url, folder / "log")
                yield url
            finally:
                forget_clients()
                process.terminate()
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def _environment(folder: Path, port: int) -> dict[str, str]:
    return os.environ | {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": "127.0.0.1",
        "S3_DATA_DIR": str(folder / "s3"),
        "STATE_DIR": str(folder / "state"),
        "TMPDIR": str(folder),
        "LOG_LEVEL": "WARNING",
    }


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the emulator ended at once:\n{log.read_text()[-2000:]}")
        try:
            with urllib.request.urlopen(f"{url}/_ministack/health", timeout=1) as answer:
                json.load(answer)
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the emulator did not start within {START_S} s:\n{log.read_text()[-2000:]}")


def forget_clients() -> None:
    """Later tests of this process make clients for their own emulator."""
    from cdp.adapters.aws import clients

    for made in vars(clients).values():
        if hasattr(made, "cache_clear") and made is not clients.pool:
            made.cache_clear()
