"""Iterators within iterators, two hundred thousand deep.

ends: ok, crashed, failed
"""
import itertools


def handler(event, context):
    chain = iter(())
    for _ in range(200_000):
        chain = itertools.chain(chain, ())
    return {"next": tried(lambda: next(chain))}
