"""Runs customers' functions when they are due.

Its inbox holds `FunctionDue`. For each it takes one of the account's slots, hands the live version with its environment
and events to the sandbox, and keeps what came of it: runs, counts, dead letters. What is to be tried again it sends to
itself. Reads functions, versions and secrets; writes functions' runs and dead letters. docs/operating/dead-letters.md.
"""
