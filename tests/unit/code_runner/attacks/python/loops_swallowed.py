"""A loop that takes every interruption for an error and goes on.

ends: timeout
timeout: 0.15
"""


def handler(event, context):
    while True:
        try:
            while True:
                pass
        except BaseException:
            continue
        finally:
            continue
