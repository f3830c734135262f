"""An exception that lies about itself, has no text or too much of it.

ends: failed, crashed
"""


class Fault(BaseException):
    def __str__(self):
        print("forged", flush=True)
        raise Fault("within")

    def __repr__(self):
        return "x" * 10_000_000


Fault.__qualname__ = "K" * 10_000
Fault.__module__ = "M" * 10_000


def handler(event, context):
    raise Fault("a" * 1_000_000) from Fault("b")
