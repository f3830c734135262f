"""A hash of all there is, in the library.

ends: timeout
timeout: 0.15
"""


import hashlib


def handler(event, context):
    hashed = hashlib.sha256()
    while True:
        hashed.update(bytes(10_000_000))
