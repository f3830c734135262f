"""`print` and `logging` become lines of the function's log."""

from __future__ import annotations

import io
import logging
import sys
from typing import Any

from . import host

_MOST_HELD = 16_384  # characters without an end of line


class Stream(io.TextIOBase):
    """Text that is handed over line by line."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, level: str) -> None:
        self._level = level
        self._held = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._held += text
        *lines, self._held = self._held.split("\n")
        for line in lines:
            host.log(self._level, line)
        if len(self._held) > _MOST_HELD:
            self.finish()
        return len(text)

    def finish(self) -> None:
        """The rest, at the end of a call."""
        if self._held:
            host.log(self._level, self._held)
            self._held = ""


class Lines(logging.Handler):
    """A record is one entry of the log, however many lines it has."""

    def emit(self, record: logging.LogRecord) -> None:
        level = "debug" if record.levelno < logging.INFO else "info" if record.levelno < logging.WARNING else ""
        host.log(level or ("warning" if record.levelno < logging.ERROR else "error"), self.format(record))


_streams = (Stream("info"), Stream("error"))
_root = logging.getLogger()


def install() -> None:
    sys.stdout, sys.stderr = _streams
    vars(sys)["__stdout__"] = vars(sys)["__stderr__"] = None
    _root.addHandler(Lines())
    _root.setLevel(logging.INFO)
    configure = logging.basicConfig

    def configured(*, level: int | str | None = None, **others: Any) -> None:
        """The handler is there already; what is left of it is the level."""
        if level is not None:
            _root.setLevel(level)
        if others.get("force") or others.get("handlers"):
            configure(**others)

    vars(logging)["basicConfig"] = configured


def finish() -> None:
    for stream in _streams:
        stream.finish()
