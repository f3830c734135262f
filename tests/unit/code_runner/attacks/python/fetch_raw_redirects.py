"""The host's own following of redirects, asked for directly.

event: urls
"""
from _sandbox import host


def handler(event, context):
    from urllib.parse import quote

    return {
        url: tried(lambda url=url: host.fetch("GET", "https://hooks.example.com/to?" + quote(url, safe=""), redirects=10).body.replace(b"ok", b"") or needed(None))
        for url in event["urls"][:40]
    }
