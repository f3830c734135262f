"""Numbers that no reader of JSON holds.

ends: ok, failed
"""
import sys

from _sandbox import running


def handler(event, context):
    sys.set_int_max_str_digits(0)
    running._result = lambda result: '{"status": "ok", "result": [' + "9" * 100_000 + ", -1e999999, 1" + "0" * 5000 + "]}"
    return {}
