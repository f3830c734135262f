"""Lists: create, read, list, change, delete; add and remove profiles.

Serves /api/lists; reads and writes documents; publishes MembershipsChanged; sends ListDeleted to its own inbox,
where a deleted list is emptied.
"""
