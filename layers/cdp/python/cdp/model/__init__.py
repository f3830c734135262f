"""Plain frozen data and identifiers."""
