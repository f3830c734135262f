"""The same places by way of a server outside that sends the request on to them.

event: urls
"""
import urllib.parse

import httpx
import requests


def handler(event, context):
    def led(url, number):
        start = "https://hooks.example.com/to?" + urllib.parse.quote(url, safe="")
        if number % 2:
            said = httpx.get(start, follow_redirects=True).text
        else:
            said = requests.get(start).text
        return needed(said not in ("ok", "x", "") and said)  # "ok" is what the one harmless host says

    return {url: tried(led, url, number) for number, url in enumerate(event["urls"][:40])}
