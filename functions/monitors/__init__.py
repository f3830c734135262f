"""Monitors (SPEC §14): conditions on key figures of metrics, segments and flows, looked at once a night.

Reads the lake's events and memberships and the documents of monitors; writes alerts and tells of them: AlertChanged on
the bus, and mail. Every half hour its schedule looks for accounts at which it is past two in the morning; each becomes a
message to its own inbox. Dry runs answer at once and change nothing.
"""
