"""A function that calls itself, with the interpreter's own limit put away.

ends: ok, crashed, failed
"""
import sys


def handler(event, context):
    def deeper(n):
        return deeper(n + 1) + 1

    found = {"limited": tried(lambda: deeper(0))}
    sys.setrecursionlimit(1 << 30)
    found["unlimited"] = tried(lambda: deeper(0))
    return found
