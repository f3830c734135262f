"""Group membership in the browser: which lists and segments the visitor of a page is in.

Serves /client/group-memberships and /client/regulars.js; reads documents; emits nothing.
"""
