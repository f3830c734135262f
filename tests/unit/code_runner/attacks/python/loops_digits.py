"""Digits of a large number.

ends: timeout
timeout: 0.15
"""


import sys


def handler(event, context):
    sys.set_int_max_str_digits(0)
    value = 1
    while True:
        value = len(str(3 ** (1 << 20))) + value
