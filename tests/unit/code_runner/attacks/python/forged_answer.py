"""An answer that is not the interpreter's: no JSON, in place of what it writes.

ends: ok, failed, crashed, timeout
timeout: 0.5
"""
from _sandbox import running


def handler(event, context):
    running._result = lambda result: event["answer"]
    running._json = lambda value: event["answer"]
    if event["raise"]:
        raise ValueError("x")
    return {}
