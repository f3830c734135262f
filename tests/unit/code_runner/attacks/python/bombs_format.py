"""Texts of a length that a few letters ask for.

ends: ok, crashed, failed, timeout
timeout: 0.4
"""
import re


def handler(event, context):
    return {
        "percent": tried(lambda: len("%2000000000d" % 1)),
        "format": tried(lambda: len(f"{1:2000000000}")),
        "shift": tried(lambda: (1 << (1 << 34)).bit_length()),
        "expand": tried(lambda: len(("x" * 10**6).expandtabs().replace("x", "y" * 10**6))),
    }
