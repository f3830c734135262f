"""A request within a request: another host, line breaks, lengths that lie."""
from _sandbox import host

PLACE = "https://hooks.example.com/"


def handler(event, context):
    def sent(headers, method="GET", url=PLACE, body=None):
        return tried(lambda: host.fetch(method, url, headers, body).body)

    return {
        "host": sent([("Host", "169.254.169.254")]),
        "hosts": sent([("Host", "hooks.example.com"), ("host", "127.0.0.1")]),
        "break": sent([("X-A", "b\r\nHost: 169.254.169.254")]),
        "name": sent([("X-A: b\r\nHost", "169.254.169.254")]),
        "newline": sent([("X-A", "b\n\nGET /second HTTP/1.1")]),
        "length": sent([("Content-Length", "3")], "POST", body=b"abcGET /second HTTP/1.1\r\n\r\n"),
        "transfer": sent([("Transfer-Encoding", "chunked")], "POST", body=b"0\r\n\r\nGET /second HTTP/1.1\r\n\r\n"),
        "connection": sent([("Connection", "upgrade"), ("Upgrade", "h2c")]),
        "proxy": sent([("Proxy-Authorization", "Basic eA==")]),
        "method": sent([], "GET /second HTTP/1.1\r\nHost: x\r\n\r\nGET"),
        "connect": sent([], "CONNECT"),
        "trace": sent([], "TRACE"),
        "url": sent([], url=PLACE + "\r\nX-A: b"),
        "many": sent([(f"X-{number}", "a") for number in range(2000)]),
        "large": sent([("X-A", "a" * 200_000)]),
        "unicode": sent([("X-A", "b\u560d\u560aHost: x")]),
    }
