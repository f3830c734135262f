"""The functions' API as `regulars fn` calls it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx

_TRIES, _TIMEOUT_S = 5, 60.0
FUNCTIONS = "/api/functions"
Json = dict[str, Any]


class Refused(Exception):
    """The API refused, or did not answer; the text is for people."""


class Api:
    """One account on one platform."""

    def __init__(self, url: str, key: str) -> None:
        headers = {"authorization": f"Klaviyo-API-Key {key}", "content-type": "application/vnd.api+json"}
        try:
            self._http = httpx.Client(base_url=url, headers=headers, timeout=_TIMEOUT_S)
        except (httpx.InvalidURL, ValueError) as error:
            raise Refused(f"{url}: {error}") from error

    def ask(self, method: str, path: str, document: Json | None = None) -> Json:
        """The document at a path or a whole URL; {} for an answer without one."""
        for attempt in range(_TRIES):
            try:
                answer = self._http.request(method, path, json=document)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise Refused(f"{self._http.base_url} does not answer: {error}") from error
            if answer.status_code != 429 or attempt == _TRIES - 1:
                break
            time.sleep(float(answer.headers.get("retry-after", "1")))
        if answer.is_error:
            raise Refused(_why(answer))
        found: Json = answer.json() if answer.content else {}
        return found

    def send(self, method: str, path: str, type_: str, attributes: Json, id_: str | None = None) -> Json:
        """The resource that comes back, {} if none does."""
        data = {"type": type_, "attributes": attributes, **({} if id_ is None else {"id": id_})}
        resource: Json = self.ask(method, path, {"data": data}).get("data", {})
        return resource

    def listed(self, path: str, most: int | None = None) -> Iterator[Json]:
        """The resources of a listing, page by page."""
        count, following = 0, path
        while following:
            page = self.ask("GET", following)
            for one in page["data"]:
                yield one
                count += 1
                if count == most:
                    return
            following = page["links"]["next"]

    def function(self, named: str) -> Json:
        """The function with this id, or else with this name."""
        wanted = named.replace("\\", "\\\\").replace('"', '\\"')
        for field in ("id", "name"):
            query = quote(f'equals({field},"{wanted}")')
            for one in self.listed(f"{FUNCTIONS}?filter={query}", 1):
                return one
        raise Refused(f"There is no function {named!r}; `regulars fn list` shows those there are.")

    def metric_id(self, named: str) -> str:
        """The id of the metric with this id, or else of the only one with this name."""
        found = list(self.listed("/api/metrics"))
        ids = [one["id"] for one in found if named in (one["id"], one["attributes"]["name"])]
        if len(ids) != 1:
            known = ", ".join(sorted(one["attributes"]["name"] for one in found)[:20]) or "none yet"
            raise Refused(
                f"{len(ids)} metrics are called {named!r}; give an id." if ids
                else f"There is no metric {named!r}; there are: {known}."
            )  # fmt: skip
        id_: str = ids[0]
        return id_


def _why(answer: httpx.Response) -> str:
    try:
        errors = answer.json()["errors"]
        return "\n".join(_sentence(one) for one in errors)
    except (ValueError, KeyError, TypeError):
        return f"{answer.status_code} {answer.text[:500]}"


def _sentence(error: Json) -> str:
    source = error.get("source") or {}
    at = str(source.get("pointer") or source.get("parameter") or "").removeprefix("/data/attributes/")
    return f"{error['detail']}" + (f" ({at})" if at else "")
