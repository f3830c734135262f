"""Mail on one machine: files in an outbox, for whoever carries them on, or only looks."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from cdp.adapters.mime import message
from cdp.ports import Mail

SENDER = "regulars@localhost"


class Outbox:
    """`cdp.ports.Post`: one file a mail, `<id>.eml`, for its owner only. A mail that is there already stays as it is."""

    def __init__(self, path: str) -> None:
        self._folder = Path(path)

    def send(self, mail: Mail) -> None:
        body = message(mail, SENDER)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        final = self._folder / f"{mail.id}.eml"
        if final.exists():
            return
        fresh = self._folder / f".{mail.id}.{secrets.token_hex(4)}"
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with open(descriptor, "wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):  # the same mail, at the same moment
                final.hardlink_to(fresh)
        finally:
            fresh.unlink()
        self._settle()

    def _settle(self) -> None:
        """The folder's entry on disk as well."""
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
