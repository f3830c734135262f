"""Forms as metadata (SPEC §2.4)."""
