"""A loop without end.

ends: timeout
timeout: 0.2
"""


def handler(event, context):
    while True:
        pass
