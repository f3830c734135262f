"""An object that will not be deleted.

ends: timeout
timeout: 0.15
"""


class Kept:
    def __del__(self):
        while True:
            pass


def handler(event, context):
    Kept()
