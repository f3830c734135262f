"""A pattern that needs all time there is.

ends: timeout
timeout: 0.15
"""


import re


def handler(event, context):
    return bool(re.match(r"(a+)+$", "a" * 64 + "b"))
