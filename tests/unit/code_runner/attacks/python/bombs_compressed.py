"""A few kilobytes that unfold to gigabytes.

ends: ok, crashed, failed, timeout
timeout: 0.4
"""
import zlib


def handler(event, context):
    packed = zlib.compress(bytes(60_000_000), 9)
    return {"unfolded": tried(lambda: len(b"".join(zlib.decompress(packed) for _ in range(100))))}
