"""Reports over the lake, one file a kind; stored definitions, finished runs, and jobs for reports that take long.

Reads the lake through the engine; keeps definitions in the table, and runs for 30 days. Writes the RFM groups on
profiles. Emits `ProfilesChanged`, and messages to its own inbox.
"""
