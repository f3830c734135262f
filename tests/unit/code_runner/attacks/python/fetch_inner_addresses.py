"""Metadata, the runtime's own interface, this machine and its network, in every spelling, by three libraries.

event: urls
"""
import urllib.request

import httpx
import requests


def handler(event, context):
    # "ok" is what the one harmless host says, "x" what is in an address itself: some libraries read an address as theirs.
    elsewhere = lambda said: needed(said not in ("ok", b"ok", "x", b"x") and said)
    ways = (
        lambda url: requests.get(url, timeout=2).text,
        lambda url: httpx.get(url, timeout=2).text,
        lambda url: urllib.request.urlopen(url, timeout=2).read(),
    )
    return {url: tried(lambda url=url, way=ways[number % 3]: elsewhere(way(url))) for number, url in enumerate(event["urls"])}
