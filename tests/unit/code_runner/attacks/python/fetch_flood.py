"""Three times the requests that a call may make.

ends: ok, timeout
requests: 50
"""
import requests


def handler(event, context):
    made = sum(tried(lambda: requests.get("https://hooks.example.com/").text).startswith("got") for _ in range(150))
    return {"made": "refused: after 50" if made == 50 else f"got {made}"}
