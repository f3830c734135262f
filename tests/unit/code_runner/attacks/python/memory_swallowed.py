"""All memory, again each time that it is refused.

ends: crashed, failed, timeout
timeout: 0.4
"""


def handler(event, context):
    kept = []
    while True:
        try:
            kept.append(b"x" * (1 << 22))
        except BaseException:
            pass
