from __future__ import annotations

import msgspec


class ReportDue(msgspec.Struct, frozen=True, tag="ReportDue", tag_field="type"):
    """A report that takes long is to be run; sent by `reports` to its own inbox."""

    account_id: str
    job_id: str
