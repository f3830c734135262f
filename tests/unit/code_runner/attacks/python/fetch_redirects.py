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
            return httpx.get(start, follow_redirects=True).text
        return requests.get(start).text

    return {url: tried(led, url, number) for number, url in enumerate(event["urls"][:40])}
