"""Log lines without end.

ends: timeout
timeout: 0.15
"""


def handler(event, context):
    while True:
        print("x")
