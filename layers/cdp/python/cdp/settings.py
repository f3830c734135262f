"""Settings: the only reader of the environment.

A room states its settings as a frozen dataclass. Field `record_queue` is read from the environment variable
RECORD_QUEUE. Fields that name a resource hold a locator whose scheme picks the adapter (see cdp/connect.py),
so the same room runs in both homes.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from typing import Any, TypeVar, get_type_hints

S = TypeVar("S")
_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off", ""}


def load(settings: type[S]) -> S:
    """Build `settings` from the environment; a missing field without a default is an error that names it."""
    hints = get_type_hints(settings)
    values: dict[str, Any] = {}
    for field in dataclasses.fields(settings):  # type: ignore[arg-type]
        text = os.environ.get(field.name.upper())
        if text is not None:
            values[field.name] = _parse(field.name, hints[field.name], text)
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise LookupError(f"setting {field.name.upper()} is missing for {settings.__module__}")
    return settings(**values)


def provide(values: Mapping[str, str], *, replace: bool = True) -> None:
    """Put settings, by field name, into this process's environment: for the home that composes the rooms."""
    for name, value in values.items():
        if replace or name.upper() not in os.environ:
            os.environ[name.upper()] = value


def inherited() -> dict[str, str]:
    """This process's environment, for a child process that is to see the same."""
    return dict(os.environ)


def _parse(name: str, kind: type, text: str) -> Any:
    if kind is bool:
        if text.lower() in _TRUE | _FALSE:
            return text.lower() in _TRUE
        raise ValueError(f"setting {name.upper()} must be true or false, not {text!r}")
    if kind in (int, float, str):
        try:
            return kind(text)
        except ValueError as error:
            raise ValueError(f"setting {name.upper()} must be {kind.__name__}, not {text!r}") from error
    raise TypeError(f"setting {name.upper()} has the unsupported type {kind}")
