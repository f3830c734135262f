"""A server that never answers holds the call longer than it may run.

ends: ok, timeout
timeout: 0.4
"""
import requests


def handler(event, context):
    return {"slow": [tried(lambda: requests.get("https://hooks.example.com/slow", timeout=60).text) for _ in range(20)]}
