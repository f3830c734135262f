"""The Authorization header (SPEC §1.1)."""

from __future__ import annotations

SCHEMES = ("klaviyo-api-key", "bearer")


def private_key(header: str | None) -> str | None:
    """The key within "Klaviyo-API-Key pk_…" or "Bearer …"; None for anything else."""
    scheme, _, key = (header or "").strip().partition(" ")
    key = key.strip()
    return key if scheme.lower() in SCHEMES and key and not key.split()[1:] else None
