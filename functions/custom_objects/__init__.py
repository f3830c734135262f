"""Custom objects: data sources, types, records and whose they are (SPEC §2.5).

Serves /api/data-sources, /api/data-source-record-(bulk-)create-jobs, /api/object-types, /api/object-records and
/api/object-record-bulk-delete-jobs; reads profiles; writes records and, by the outbox, their history. Sends
RecordsAccepted to its own inbox; listens to ProfilesChanged while records wait for their person; publishes
ProfilesChanged for those whose records change.
"""
