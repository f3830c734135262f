"""Logging of the embedded processes: one line an entry on standard error."""

from __future__ import annotations

import logging
import time


def configure(level: int = logging.INFO) -> None:
    """Log from `level` on; times are UTC."""
    logging.Formatter.converter = time.gmtime
    logging.basicConfig(
        level=level,
        format="%(asctime)sZ %(levelname)s %(name)s: %(message)s",
        datefmt="%Y-%m-%dT%H:%M:%S",
        force=True,
    )
    for chatty in ("httpx", "httpcore", "pyiceberg"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
