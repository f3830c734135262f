"""Tags and tag groups: create, read, list, change, delete; put tags on lists, segments, campaigns and flows.

Serves /api/tags and /api/tag-groups; reads and writes documents; emits nothing.
"""
