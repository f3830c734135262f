"""Customers' functions: kept, published, tried, and called.

Over HTTP: functions with their numbered versions, publications, trials of a function in the sandbox, its logs, figures
and dead letters. In the inbox: `EventRecorded`, of which a `FunctionDue` is made for every live function that it
triggers. Reads the account's metrics, events and profiles; writes functions, versions and secrets.
"""
