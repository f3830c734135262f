"""A result deeper than its reader's stack.

ends: ok, failed, crashed
"""
from _sandbox import running


def handler(event, context):
    running._result = lambda result: '{"status": "ok", "result": ' + "[" * 200_000 + "]" * 200_000 + "}"
    return {}
