"""A key derivation of many rounds.

ends: timeout
timeout: 0.2
"""


import hashlib


def handler(event, context):
    return hashlib.pbkdf2_hmac("sha256", b"a", b"b", 1_000_000_000).hex()
