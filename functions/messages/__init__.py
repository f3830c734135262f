"""Campaigns, flows, forms and templates as metadata: what engagement events refer to by id (SPEC §2.4).

The platform is no sender: whoever sends describes here what was sent. Reads and writes the table; emits nothing.
"""
