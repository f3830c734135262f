"""More memory at once than there is: each is refused, and the next is tried.

ends: ok, crashed, failed
"""


def handler(event, context):
    return {
        "petabyte": tried(lambda: len(bytearray(1 << 50))),
        "gigabytes": tried(lambda: len(b"x" * (3 << 30))),
        "text": tried(lambda: len("x" * (1 << 31))),
        "list": tried(lambda: len([0] * (1 << 29))),
        "negative": tried(lambda: len(bytearray(-1))),
    }
