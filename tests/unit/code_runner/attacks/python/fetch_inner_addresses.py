"""Metadata, the runtime's own interface, this machine and its network, in every spelling, by three libraries.

event: urls
"""
import urllib.request

import httpx
import requests


def handler(event, context):
    ways = (
        lambda url: requests.get(url, timeout=2).text,
        lambda url: httpx.get(url, timeout=2).text,
        lambda url: urllib.request.urlopen(url, timeout=2).read(),
    )
    return {url: tried(lambda url=url, way=ways[number % 3]: way(url)) for number, url in enumerate(event["urls"])}
