"""Group membership in the browser: which lists and segments the visitor of a page is in, and the exchange ids by
which a shop's links make a visitor known.

Serves /client/group-memberships, /client/regulars.js and /api/exchange-ids; reads documents and the account's
secret; emits nothing.
"""
