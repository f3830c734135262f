"""Turns accepted events into profiles, metrics and rows of the lake.

Reads EventsAccepted from its inbox; writes profiles, the metric catalogue and the tables `events` and
`order_items`; emits EventRecorded for metrics that somebody listens to, ProfilesChanged if somebody listens to profiles,
CompactionDue when a table has gathered many small files, MergeAccepted for anonymous visitors who turn out to be
known, RewriteDue when a profile was merged away meanwhile. Every step may be repeated: nothing is counted twice, whatever dies in between.
"""
