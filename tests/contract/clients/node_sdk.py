"""Runs a script of node/ that calls the official Node SDK, unmodified. `make node-clients` installs the SDK."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.contract.clients.conftest import Platform

MODULES = Path(__file__).parents[3] / ".build" / "node" / "node_modules"
NODE = Path(sys.executable).with_name("node")


def run(script: str, platform: Platform) -> dict[str, Any]:
    """Name of the call -> what came back, or {"failed": {"status", "errors"}}."""
    assert MODULES.is_dir(), "the Node SDK is not installed: make node-clients"
    environment = {
        **os.environ,
        "NODE_PATH": str(MODULES),
        "REGULARS_URL": platform.url,
        "REGULARS_KEY": platform.private_key,
    }
    command = [NODE, Path(__file__).with_name("node") / script]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout)
    return found
