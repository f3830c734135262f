"""The template, synthesised and deployed on an AWS emulator, once for the whole tier.

The emulator runs Lambdas on its own Python. That Python lives in an environment of its own with what the
Lambda runtime has (boto3) and nothing of ours, so a package missing from a layer is missing here too.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from cdp.adapters.aws import clients
from infra.aws import assets, layers
from infra.specs import rooms

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

    def logs(self, lines: int = 60) -> str:
        """What the rooms have logged last."""
        access = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
        logs = boto3.Session(**access).client("logs", endpoint_url=self.emulator.url)
        groups = logs.describe_log_groups(logGroupNamePrefix=f"/{PREFIX}/")["logGroups"]
        events = [
            (event["timestamp"], f"{group['logGroupName']}: {event['message'].rstrip()}")
            for group in groups
            for event in logs.filter_log_events(logGroupName=group["logGroupName"])["events"]
            if not event["message"].startswith(("START ", "END ", "REPORT "))
        ]
        return "\n".join(text for _, text in sorted(events, key=lambda event: event[0])[-lines:])


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
        install = [*uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", str(home / "bin/python")]
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
        "AUTH": "true",  # a Lambda may do what its role allows, and nothing else; "test" is the account's root
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
    """Both stacks, through the same commands as `make deploy`."""
    layers.build(sorted({name for spec in rooms() for name in assets.names(spec, athena=False)}), PYTHON)
    assembly = tmp_path_factory.mktemp("assembly")
    context = json.dumps({"prefix": PREFIX, "keep": "false", "python": PYTHON})
    environment = emulator.environment | {"CDK_CONTEXT_JSON": context}
    synthesising = Emulator(emulator.url, environment, emulator.log)
    synthesising.run("infra.aws.app", "--output", str(assembly))
    _adapt(assembly / f"{PREFIX}.template.json")
    outputs = json.loads(emulator.run("infra.aws.deploy", "--assembly", str(assembly), "--stack", PREFIX))
    url = f"{emulator.url}/_aws/execute-api/{outputs['ApiId']}/$default"
    return Deployment(url, outputs, assembly, emulator)


def _adapt(template: Path) -> None:
    """What the emulator sees otherwise than AWS does: batches are actions of their own, a Glue database is named
    like a table, and there is no TLS."""
    text = template.read_text().replace(":table/regularse2e_*/*", ":table/regularse2e_*")
    for action in ("SendMessage", "DeleteMessage"):
        text = re.sub(f'"sqs:{action}"', f'["sqs:{action}", "sqs:{action}Batch"]', text)
    resources = json.loads(text.replace('"aws:SecureTransport": "false"', '"aws:SecureTransport": "neither"'))
    for statement in _statements(resources):
        if isinstance(statement["Action"], list):
            statement["Action"] = list(_flat(statement["Action"]))
        if "NumericLessThan" in statement.get("Condition", {}):
            statement["Condition"] = {"NumericLessThan": {"s3:TlsVersion": 0}}
    template.write_text(json.dumps(resources))


def _statements(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "Effect" in value and "Action" in value:
            yield value
        for inner in value.values():
            yield from _statements(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _statements(inner)


def _flat(actions: list[Any]) -> Iterator[str]:
    for action in actions:
        yield from action if isinstance(action, list) else [action]


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
