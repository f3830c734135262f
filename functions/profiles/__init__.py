"""Profiles: create, read, list, change, import one or many, merge, erase; consents and push tokens.

Serves /api/profiles and the jobs and tokens beside it, and their /client twins; reads and writes documents. Sends
ProfilesAccepted, ConsentAccepted, MergeAccepted and ErasureAccepted to its own inbox, where they are worked
off; what consents mean as events goes to `record`, rows of merged and erased profiles are left to `rewrite`.
Publishes ProfilesChanged and MembershipsChanged.
"""
