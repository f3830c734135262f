"""Short sleeps without end.

ends: timeout
timeout: 0.15
"""


import time


def handler(event, context):
    while True:
        try:
            time.sleep(-1)
            time.sleep(0)
        except ValueError:
            pass
