"""The lake: the schema of its tables, and what both homes share of Iceberg."""
