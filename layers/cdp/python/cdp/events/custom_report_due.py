from __future__ import annotations

import msgspec


class CustomReportDue(msgspec.Struct, frozen=True, tag="CustomReportDue", tag_field="type"):
    """A scheduled report's period has begun: run it as of `due_at` (RFC 3339)."""

    account_id: str
    custom_report_id: str
    due_at: str
