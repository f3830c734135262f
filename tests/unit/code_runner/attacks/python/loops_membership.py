"""A search that does not end.

ends: timeout
timeout: 0.15
"""


import itertools


def handler(event, context):
    return -1 in itertools.count()
