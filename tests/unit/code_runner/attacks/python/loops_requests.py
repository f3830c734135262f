"""Requests without end, each refused.

ends: timeout
timeout: 0.15
"""


import requests


def handler(event, context):
    while True:
        try:
            requests.get("https://127.0.0.1/")
        except Exception:
            pass
