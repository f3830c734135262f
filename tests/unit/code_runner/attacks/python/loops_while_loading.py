"""A loop before there is a handler.

ends: timeout
timeout: 0.15
"""


while True:
    pass


def handler(event, context):
    return {}
