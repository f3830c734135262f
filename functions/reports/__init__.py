"""Reports over the lake: RFM, single-metric deep dive, metric aggregates; one file a kind.

Reads the lake through the engine, accounts and metrics from the table; keeps finished runs in the table for
30 days. Emits nothing.
"""
