"""Answers that are too large, announced, without end, or once they are unpacked."""
import requests


def handler(event, context):
    ways = ("large", "endless", "bomb", "headers")
    found = {way: tried(lambda way=way: len(requests.get(f"https://hooks.example.com/{way}").content)) for way in ways}
    found["sent"] = tried(lambda: requests.post("https://hooks.example.com/", data=b"x" * 6_000_000).status_code)
    return found
