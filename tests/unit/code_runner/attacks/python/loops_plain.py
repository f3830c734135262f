"""A loop without end.

ends: timeout
timeout: 0.15
"""


def handler(event, context):
    while True:
        pass
