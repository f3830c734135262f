"""A loop before there is a handler.

ends: timeout
timeout: 0.2
"""


while True:
    pass


def handler(event, context):
    return {}
