from __future__ import annotations

import msgspec


class AlertChanged(msgspec.Struct, frozen=True, tag="AlertChanged", tag_field="type"):
    """A monitor's alert opened or closed. Published by `monitors`; at least once. `alert` is the document that the API
    shows for it; `at` is UTC, RFC 3339."""

    account_id: str
    monitor_id: str
    alert_id: str
    opened: bool
    at: str
    alert: msgspec.Raw
