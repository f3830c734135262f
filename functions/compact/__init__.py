"""Keeps the lake in shape: small files become sorted ones, old snapshots and orphans go.

Reads CompactionDue (a table has gathered many files) and its hourly schedule; writes the lake; emits nothing.
"""
