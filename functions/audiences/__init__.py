"""Segments: their API, and who is in them.

Reads documents and the lake, and in its inbox EventRecorded, ProfilesChanged, MembershipsChanged, SegmentDue and
its schedule; writes memberships (documents.memberships); emits MembershipsChanged.
"""
