"""Whose identifiers are vouched for."""

from __future__ import annotations

from cdp.documents import profiles
from cdp.ports import Table


def trusted_owner(table: Table, account_id: str, kind: str, value: str) -> int | None:
    """Number of the profile that a private key has named by this identifier."""
    owners, trusted = profiles.find_links(table, account_id, [(kind, value)])
    return owners[kind, value] if (kind, value) in trusted else None
