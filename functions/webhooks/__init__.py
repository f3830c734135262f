"""Webhooks: make, read, change and delete them; topics; test calls, the log of attempts, replays; the fan-out of events.

Serves /api/webhooks, /api/webhook-topics and our own operations beside them; reads and writes documents and secrets.
Hears EventRecorded and AlertChanged, puts what is subscribed to into the webhooks' backlogs, and tells `deliveries`.
"""
