"""A long sleep.

ends: timeout
timeout: 0.15
"""


import time


def handler(event, context):
    time.sleep(1e9)
    time.sleep(float("inf"))
