"""A result, and a failure, of more bytes than an answer has.

ends: failed
"""
from _sandbox import running


def handler(event, context):
    running._result = lambda result: '{"status": "failed", "failure": {"kind": "' + "k" * 3_000_000 + '", "message": "m"}}'
    return "x" * 5_000_000
