"""Queries: one text in Trino's SQL, typed against the lake's schema, rendered for Athena or DuckDB."""
