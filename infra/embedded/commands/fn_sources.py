"""A customer's function on disk: a file of code, or a folder with it and a `function.toml`.

    name = "Mirror orders"          else the name of the folder or file
    code = "main.py"                else the only .py, .js or .mjs file
    metric = "Placed Order"         name or id
    timeout_s = 5
    memory_mb = 128

    [[filters]]
    property = "$value"
    filter = { type = "numeric", operator = "greater-than", value = 100 }
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SETTINGS = "function.toml"
RUNTIMES = {".py": "python", ".js": "javascript", ".mjs": "javascript"}
_KNOWN = {"name", "code", "runtime", "metric", "filters", "timeout_s", "memory_mb"}


class BadSource(Exception):
    """The folder, file or option cannot be used; the text says why."""


@dataclass(frozen=True)
class Source:
    """What a folder or file says of a function."""

    name: str
    runtime: str
    code: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def metric(self) -> str | None:
        """Name or id."""
        metric: str | None = self.settings.get("metric")
        return metric

    def attributes(self) -> dict[str, Any]:
        """Of the API's resource, but for name, trigger and environment."""
        plain = {name: self.settings[name] for name in ("timeout_s", "memory_mb") if name in self.settings}
        return {"runtime": self.runtime, "code": self.code, **plain}


def read(path: Path) -> Source:
    settings, file = _settings(path), path
    if path.is_dir():
        file = path / settings["code"] if "code" in settings else _only(path)
    runtime = settings.get("runtime") or RUNTIMES.get(file.suffix)
    if runtime is None:
        raise BadSource(f"{file.name}: say which runtime it is; {', '.join(RUNTIMES)} tell it by themselves")
    return Source(settings.get("name") or path.resolve().stem, runtime, text(file), settings)


def text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadSource(f"{path} cannot be read: {error}") from error


def document(path: Path) -> Any:
    """A file of JSON."""
    try:
        return json.loads(text(path))
    except ValueError as error:
        raise BadSource(f"{path} is no JSON: {error}") from error


def pairs(given: Iterable[str], file: Path | None) -> dict[str, str | None]:
    """NAME=VALUE options over the lines of a file; NAME alone takes a pair away."""
    found: dict[str, str | None] = {}
    for line in [] if file is None else text(file).splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            name, equals, value = line.strip().removeprefix("export ").partition("=")
            found[name.strip()] = _unquoted(value.strip()) if equals else None
    for one in given:
        name, equals, value = one.partition("=")
        found[name] = value if equals else None
    return found


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1] if quoted else value


def _settings(path: Path) -> dict[str, Any]:
    file = path / SETTINGS
    if not path.is_dir() or not file.exists():
        return {}
    try:
        found = tomllib.loads(text(file))
    except tomllib.TOMLDecodeError as error:
        raise BadSource(f"{file}: {error}") from error
    if unknown := found.keys() - _KNOWN:
        raise BadSource(f"{file}: unknown {', '.join(sorted(unknown))}; known are {', '.join(sorted(_KNOWN))}")
    return found


def _only(folder: Path) -> Path:
    found = sorted(one for one in folder.iterdir() if one.suffix in RUNTIMES)
    if len(found) != 1:
        which = ", ".join(one.name for one in found) or "none"
        raise BadSource(f"{folder} must have one file of code ({', '.join(RUNTIMES)}), or name it in {SETTINGS}; it has {which}")
    return found[0]
