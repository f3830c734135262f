"""Sorting by a comparison that does not end.

ends: timeout
timeout: 0.15
"""


import functools


def handler(event, context):
    def compare(a, b):
        while True:
            pass

    return sorted([2, 1], key=functools.cmp_to_key(compare))
