"""A name whose first answer is public and whose second is this machine; one with both answers at a time."""
import requests


def handler(event, context):
    found = {"first": "refused: " + tried(lambda: requests.get("https://rebind.example.com/").text)}
    for number in range(5):
        found[f"again {number}"] = tried(lambda: needed(requests.get("https://rebind.example.com/close").text != "ok"))
    found["mixed"] = tried(lambda: requests.get("https://mixed.example.com/").text)
    found["inner"] = tried(lambda: requests.get("https://inner.example.com/").text)
    return found
