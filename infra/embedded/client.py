"""A few calls of the public API, for the demo: answers or a clear error."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx

TRIES = 10


class Failed(Exception):
    """The API refused a call; the text is its error document."""


class Client:
    """One account on one platform."""

    def __init__(self, url: str, key: str) -> None:
        self._http = httpx.Client(
            base_url=f"{url}/api/", headers={"authorization": f"Klaviyo-API-Key {key}"}, timeout=120.0
        )

    def get(self, path: str) -> dict[str, Any]:
        """The document at a path below /api/, or at a whole URL."""
        return self._call("GET", path, None)

    def pages(self, path: str) -> Iterator[dict[str, Any]]:
        """All resources of a listing, page by page."""
        following: str | None = path
        while following:
            page = self.get(following)
            yield from page["data"]
            following = page["links"]["next"]

    def post(self, path: str, type_: str, attributes: dict[str, Any]) -> dict[str, Any]:
        """Attributes of the answer to a document of this type."""
        result: dict[str, Any] = self.create(path, type_, attributes)["attributes"]
        return result

    def create(self, path: str, type_: str, attributes: dict[str, Any]) -> dict[str, Any]:
        """The resource that comes back."""
        result: dict[str, Any] = self._call("POST", path, {"data": {"type": type_, "attributes": attributes}})["data"]
        return result

    def _call(self, method: str, path: str, document: dict[str, Any] | None) -> dict[str, Any]:
        for _ in range(TRIES):
            answer = self._http.request(method, path, json=document)
            if answer.status_code not in (429, 503):
                break
            time.sleep(int(answer.headers.get("retry-after", "1")))
        if answer.is_error:
            raise Failed(f"{method} /api/{path}: {answer.status_code} {answer.text}")
        result: dict[str, Any] = answer.json()
        return result
