"""A loop within the interpreter, without a line of ours.

ends: timeout
timeout: 0.15
"""


import itertools


def handler(event, context):
    return sum(itertools.repeat(1))
