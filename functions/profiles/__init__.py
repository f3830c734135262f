"""Profiles: create, read, list, change, import one or many.

Serves /api/profiles, /api/profile-import, /api/profile-bulk-import-jobs and /client/profiles; reads and writes
documents; sends ProfilesAccepted to its own inbox, where bulk imports are worked off.
"""
