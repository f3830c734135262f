"""The template, synthesised and deployed on an AWS emulator, once for the whole tier.

The emulator runs Lambdas on its own Python. That Python lives in an environment of its own with what the
Lambda runtime has (boto3) and nothing of ours, so a package missing from a layer is missing here too.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cdp.adapters.aws import clients
from infra.aws import layers

ROOT = layers.ROOT
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
PREFIX = "regulars-e2e"
START_S = 60
NEEDS = ("ministack", "boto3")


@dataclass(frozen=True)
class Emulator:
    url: str
    environment: dict[str, str]
    log: Path

    def run(self, module: str, *arguments: str) -> str:
        """Run one of our commands against it; what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT, env=self.environment, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, f"{module}:\n{done.stderr[-4000:]}\n{self.log.read_text()[-4000:]}"
        return done.stdout


@dataclass(frozen=True)
class Deployment:
    """`url` is the API's base; `outputs` are the stack's."""

    url: str
    outputs: dict[str, str]
    assembly: Path
    emulator: Emulator


@dataclass(frozen=True)
class Account:
    id: str
    key: str


@pytest.fixture(scope="session")
def python() -> Path:
    """The emulator's interpreter."""
    home = ROOT / ".build/emulator"
    stamp = home / "stamp"
    mark = f"{PYTHON} {layers.PINS.stat().st_mtime_ns}"
    if not stamp.exists() or stamp.read_text() != mark:
        uv = [str(ROOT / ".uv/bin/uv")]
        subprocess.run([*uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(home)], check=True)
        install = [*uv, "pip", "install", "--quiet", "--python", str(home / "bin/python")]
        subprocess.run([*install, "--constraint", str(layers.PINS), *NEEDS], check=True, cwd=ROOT)
        stamp.write_text(mark)
    return home / "bin/python"


@pytest.fixture(scope="session")
def emulator(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    folder = tmp_path_factory.mktemp("emulator")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = folder / "log"
    started = Emulator(f"http://127.0.0.1:{port}", _environment(port), log)
    own = _environment(port) | {
        "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "MINISTACK_HOST": "127.0.0.1",
        "S3_DATA_DIR": str(folder / "s3"), "STATE_DIR": str(folder / "state"), "TMPDIR": str(folder),
        "LOG_LEVEL": "INFO",
    }  # fmt: skip
    with log.open("wb") as out:
        process = subprocess.Popen(
            [str(python), "-I", "-m", "ministack"],
            env=own, stdout=out, stderr=subprocess.STDOUT, cwd=folder, start_new_session=True,
        )  # fmt: skip
        try:
            _wait(process, started)
            yield started
        finally:
            _end(process)


def _environment(port: int) -> dict[str, str]:
    """What is set here, without the AWS settings of the person who runs the tests."""
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | {
        "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true", "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
    }  # fmt: skip


def _wait(process: subprocess.Popen[bytes], emulator: Emulator) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{emulator.url}/_ministack/health", timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the emulator did not start:\n{emulator.log.read_text()[-2000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """The emulator and the Lambdas that it runs."""
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(10)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.fixture(scope="session")
def deployment(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """The stack of all rooms, through the same commands as `make deploy`."""
    layers.build(python=PYTHON)
    assembly = tmp_path_factory.mktemp("assembly")
    context = json.dumps({"prefix": PREFIX, "keep": "false", "python": PYTHON})
    environment = emulator.environment | {"CDK_CONTEXT_JSON": context}
    synthesising = Emulator(emulator.url, environment, emulator.log)
    synthesising.run("infra.aws.app", "--output", str(assembly))
    outputs = json.loads(emulator.run("infra.aws.deploy", "--assembly", str(assembly), "--stack", PREFIX))
    url = f"{emulator.url}/_aws/execute-api/{outputs['ApiId']}/$default"
    return Deployment(url, outputs, assembly, emulator)


@pytest.fixture(scope="session")
def account(deployment: Deployment) -> Account:
    options = ("--name", "Shop", "--timezone", "Europe/Paris", "--currency", "EUR", "--stack", PREFIX)
    made = json.loads(deployment.emulator.run("infra.aws.account", *options))
    return Account(made["account_id"], made["private_key"])


@pytest.fixture
def aws(deployment: Deployment) -> Iterator[None]:
    """This process's own AWS clients, pointed at the emulator."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        for name, value in deployment.emulator.environment.items():
            if name.startswith("AWS_"):
                patch.setenv(name, value)
        _forget_clients()
        yield
        _forget_clients()


def _forget_clients() -> None:
    for made in vars(clients).values():
        if hasattr(made, "cache_clear") and made is not clients.pool:
            made.cache_clear()
