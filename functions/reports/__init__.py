"""Reports over the lake, one file a kind; stored definitions, finished runs, and jobs for reports that take long.

Reads the lake through the engine; keeps definitions in the table, and runs for 30 days. Emits nothing but messages
to its own inbox.
"""
