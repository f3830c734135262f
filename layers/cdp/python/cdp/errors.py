"""What can go wrong, by what the caller should do about it.

    CdpError
    ├── Rejected      the caller's fault: answered 4xx, or set aside; never retried
    ├── TooSlow       a query took longer than its caller can wait: asked again with more time
    └── Unavailable   a fault that passes: answered 503 with Retry-After, or retried

Anything else that is raised is a bug: HTTP answers 500, a message goes to the dead letters.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class CdpError(Exception):
    """Root of the errors that this package raises on purpose."""


class Rejected(CdpError):
    """The request or message is wrong and will stay wrong.

    `field` is a JSON pointer into the body ("/data/attributes/time"); `parameter` is the name of a query
    parameter. At most one of them is given. `status` and `code` are those of SPEC §1.3.
    """

    def __init__(
        self,
        message: str,
        *,
        field: str | None = None,
        parameter: str | None = None,
        status: int = 400,
        code: str = "invalid",
        title: str = "Invalid input.",
        meta: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.parameter = parameter
        self.status = status
        self.code = code
        self.title = title
        self.meta = dict(meta or {})


class TooSlow(CdpError):
    """The query was given up after the time that `Engine.run` was allowed."""


class Unavailable(CdpError):
    """A resource is busy, full or out of reach; nothing was changed. Try again after `retry_after_s`."""

    def __init__(self, message: str, *, retry_after_s: int = 1) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


def not_found(what: str, id_: str, *, field: str | None = None) -> Rejected:
    """404 for a resource that does not exist in the caller's account; `field` if the body names it, not the path."""
    return Rejected(
        f"A {what} with id {id_} does not exist.", field=field, status=404, code="not_found", title="Not found."
    )


def conflict(message: str, *, field: str | None = None) -> Rejected:
    """409 for a write that contradicts what is stored."""
    return Rejected(message, field=field, status=409, code="conflict", title="Conflict.")
