"""All memory, piece by piece.

ends: crashed, failed
"""


def handler(event, context):
    kept = []
    while True:
        kept.append(bytearray(1 << 20))
