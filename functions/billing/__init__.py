"""Meters: what an account uses (SPEC §20). We meter, we never charge.

Serves /api/billing-usage. Reads the lake by SQL, and documents; emits nothing.
"""
