"""requests, httpx and urllib speak through `fetch`: their own interfaces, no socket underneath."""

from __future__ import annotations

import email.message
import io
import logging
import types
import urllib.error
import urllib.request
import urllib.response
from collections.abc import Iterable, Mapping
from typing import Any

import httpx
import requests
import urllib3

from . import host


def install() -> None:
    _requests()
    _httpx()
    _urllib()


def _requests() -> None:
    adapter: Any = requests.adapters.HTTPAdapter

    def send(
        self: Any, request: requests.PreparedRequest, stream: bool = False, timeout: Any = None, *_: Any, **__: Any
    ) -> requests.Response:
        seconds = timeout[-1] if isinstance(timeout, tuple) else timeout
        try:
            answer = host.fetch(
                request.method or "GET", request.url or "", _headers(request.headers), _read(request.body), seconds
            )
        except host.Refused as error:
            raise requests.exceptions.ConnectionError(error, request=request) from error
        raw = urllib3.HTTPResponse(
            io.BytesIO(answer.body), urllib3.HTTPHeaderDict(answer.headers), answer.status, preload_content=False,
            decode_content=False, original_response=types.SimpleNamespace(msg=_message(answer), isclosed=lambda: True),  # type: ignore[arg-type]
            request_url=answer.url,
        )  # fmt: skip
        response: requests.Response = self.build_response(request, raw)
        return response

    adapter.send = send


def _httpx() -> None:
    logging.getLogger("httpx").setLevel(logging.WARNING)  # a line for each request would be noise

    def answer(request: httpx.Request, body: bytes) -> httpx.Response:
        seconds = [value for value in request.extensions.get("timeout", {}).values() if value]
        try:
            got = host.fetch(
                request.method, str(request.url), request.headers.multi_items(), body, max(seconds, default=None)
            )
        except host.Refused as error:
            raise httpx.ConnectError(str(error), request=request) from error
        return httpx.Response(got.status, headers=got.headers, stream=httpx.ByteStream(got.body), request=request)

    def made(self: object, *_: Any, **__: Any) -> None:
        """No pool, no certificates: both are outside."""

    def handle(self: object, request: httpx.Request) -> httpx.Response:
        return answer(request, request.read())

    async def handle_async(self: object, request: httpx.Request) -> httpx.Response:
        return answer(request, await request.aread())

    async def closed(self: object, *_: Any) -> None:
        """Nothing is open."""

    async def entered(self: Any) -> Any:
        return self

    plain: Any = httpx.HTTPTransport
    plain.__init__, plain.handle_request, plain.close = made, handle, made
    plain.__enter__, plain.__exit__ = lambda self: self, made
    waiting: Any = httpx.AsyncHTTPTransport
    waiting.__init__, waiting.handle_async_request, waiting.aclose = made, handle_async, closed
    waiting.__aenter__, waiting.__aexit__ = entered, closed


def _urllib() -> None:
    def opened(self: object, request: urllib.request.Request) -> urllib.response.addinfourl:
        headers = {**request.unredirected_hdrs, **request.headers}
        try:
            answer = host.fetch(
                request.get_method(), request.full_url, list(headers.items()), _read(request.data),
                request.timeout if isinstance(request.timeout, int | float) else None,
            )  # fmt: skip
        except host.Refused as error:
            raise urllib.error.URLError(error) from error
        response: Any = urllib.response.addinfourl(io.BytesIO(answer.body), _message(answer), answer.url, answer.status)
        response.msg = ""
        return response  # type: ignore[no-any-return]

    handler: Any = urllib.request.HTTPHandler
    handler.http_open = handler.https_open = opened
    handler.https_request = urllib.request.AbstractHTTPHandler.do_request_


def _headers(headers: Mapping[str, str | bytes]) -> list[tuple[str, str]]:
    return [(name, value.decode("latin-1") if isinstance(value, bytes) else value) for name, value in headers.items()]


def _message(answer: host.Answer) -> email.message.Message:
    message = email.message.Message()
    for name, value in answer.headers:
        message[name] = value
    return message


def _read(body: Any) -> bytes | None:
    """Of whatever a library takes for a body."""
    if body is None or isinstance(body, bytes):
        return body
    if isinstance(body, str):
        return body.encode()
    if hasattr(body, "read"):
        return _read(body.read())
    if isinstance(body, Iterable) and not isinstance(body, Mapping):
        return b"".join(_read(part) or b"" for part in body)
    return bytes(body)
