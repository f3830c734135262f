"""Secrets in one file that only its owner may read."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable
from pathlib import Path


class FileSecrets:
    """`cdp.ports.Secrets` in a JSON file with mode 0600, replaced atomically under a lock."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)

    def get(self, name: str) -> str | None:
        return self._load().get(name)

    def put(self, name: str, value: str) -> None:
        self._change(lambda secrets: secrets.__setitem__(name, value))

    def delete(self, name: str) -> None:
        self._change(lambda secrets: secrets.pop(name, None))

    def _load(self) -> dict[str, str]:
        try:
            secrets: dict[str, str] = json.loads(self._path.read_text())
        except FileNotFoundError:
            return {}
        return secrets

    def _change(self, change: Callable[[dict[str, str]], object]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with open(self._path.with_suffix(".lock"), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            secrets = self._load()
            change(secrets)
            fresh = self._path.with_suffix(".new")
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with open(descriptor, "w") as file:
                json.dump(secrets, file)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._path)
