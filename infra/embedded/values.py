"""What each setting means on one machine: the twin of infra/aws/values.py.

Every locator points below one data directory. The process that composes the platform calls `apply` before
any handler is loaded; a variable that the operator has set already (RATE_LIMIT_FACTOR and the like) stays.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from cdp import settings
from cdp.spec import FunctionSpec

QUEUES = "queues.db"
ADDRESS = "up.url"  # where the platform was last reached
# What one machine is smaller in. Functions of one account leave threads and engines to those of the others.
PLAIN = {"account_slots": "5"}


def locators(data: Path, rooms: Iterable[FunctionSpec]) -> dict[str, str]:
    """Setting's field name -> locator, for all rooms together."""
    fixed = {
        "table": table(data),
        "bus": bus(data),
        "lake": lake(data),
        "engine": "duckdb:",
        "secrets": f"file://{data}/secrets.json",
        "limits": "memory:",
        "runner": "room:code_runner",
        "post": f"file://{data}/outbox",
    }
    return fixed | {f"{room.name}_queue": queue(data, room.name) for room in rooms if room.inbox}


def table(data: Path) -> str:
    """Documents."""
    return f"sqlite://{data}/documents.db"


def lake(data: Path) -> str:
    """Events and histories."""
    return f"file://{data}/lake"


def bus(data: Path) -> str:
    """The one file with every inbox."""
    return f"sqlite://{data / QUEUES}"


def queue(data: Path, room: str) -> str:
    """The inbox of a room."""
    return f"sqlite://{data / QUEUES}#{room}"


def directory(path: Path) -> Path:
    """The data directory as an absolute path, made if absent, for its owner only."""
    data = path.expanduser().resolve()
    if set("#?") & set(str(data)):
        raise ValueError(f"the data directory's path must not contain '#' or '?': {data}")
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    return data


def apply(data: Path, rooms: Iterable[FunctionSpec], **further: str) -> None:
    """Put the settings into this process's environment; `further` are plain settings by field name."""
    settings.provide(locators(data, rooms))
    settings.provide({**PLAIN, **further}, replace=False)
    if (data / ADDRESS).exists():  # whoever works beside the running platform
        settings.provide({"platform_url": (data / ADDRESS).read_text()}, replace=False)
