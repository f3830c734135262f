"""Templates as metadata (SPEC §2.4)."""
