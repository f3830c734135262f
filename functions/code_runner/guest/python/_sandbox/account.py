"""The account's own API, from inside a function: `import account` (or `klaviyo`). It needs no key.

    account.get("/api/profiles", filter='equals(email,"anna@shop.example")')
    account.post("/api/events", {"data": {...}})
    account.events.create("Reviewed Product", email="anna@shop.example", properties={"stars": 5})
    account.profiles.update("01JX...", properties={"vip": True})
    account.lists.add("XyZ123", ["01JX..."])
"""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from . import host

REVISION = "2026-10-15"
_ATTRIBUTES = ("email", "phone_number", "external_id", "first_name", "last_name", "organization", "locale", "title", "image")


class Retry(Exception):
    """Raise it to have this event brought again, after so many seconds if you say so."""

    def __init__(self, message: str = "The function asked to be tried again.", after_s: float | None = None) -> None:
        super().__init__(message)
        self.after_s = None if after_s is None else max(0.0, float(after_s))


class ApiError(Exception):
    """An answer of 400 or more. `errors`: the documents that say why; `retry_after_s` if the answer had it."""

    def __init__(self, status: int, errors: list[dict[str, Any]], retry_after_s: float | None) -> None:
        said = "; ".join(str(error.get("detail") or error.get("title")) for error in errors)
        super().__init__(f"{status}: {said}" if said else str(status))
        self.status, self.errors, self.retry_after_s = status, errors, retry_after_s


def request(
    method: str, path: str, body: object = None, params: Mapping[str, Any] | None = None, revision: str = REVISION
) -> Any:
    """The parsed answer, or None if it has no body."""
    if params:
        path += ("&" if "?" in path else "?") + urllib.parse.urlencode(list(_flat(params)))
    headers = [("accept", "application/vnd.api+json"), ("revision", revision)]
    if body is not None:
        headers.append(("content-type", "application/vnd.api+json"))
    answer = host.fetch(method, path, headers, None if body is None else json.dumps(body).encode(), platform=True)
    parsed = _parsed(answer.body)
    if answer.status >= 400:
        errors = parsed.get("errors", []) if isinstance(parsed, dict) else []
        waits = [value for name, value in answer.headers if name.lower() == "retry-after" and value.isdigit()]
        raise ApiError(answer.status, errors, float(waits[0]) if waits else None)
    return parsed


def get(path: str, /, **params: Any) -> Any:
    return request("GET", path, params=params)


def post(path: str, body: object = None) -> Any:
    return request("POST", path, body)


def patch(path: str, body: object) -> Any:
    return request("PATCH", path, body)


def delete(path: str, body: object = None) -> Any:
    return request("DELETE", path, body)


class Events:
    def create(
        self, metric: str, *, properties: Mapping[str, Any] | None = None, value: float | None = None,
        value_currency: str | None = None, time: str | None = None, unique_id: str | None = None, **profile: Any,
    ) -> None:  # fmt: skip
        """An event of the profile that is named by `email`, `id`, `phone_number` or `external_id`."""
        optional = {"value": value, "value_currency": value_currency, "time": time, "unique_id": unique_id}
        attributes = {
            "metric": {"data": {"type": "metric", "attributes": {"name": metric}}},
            "profile": {"data": _profile(profile)}, "properties": dict(properties or {}),
            **{name: given for name, given in optional.items() if given is not None},
        }  # fmt: skip
        post("/api/events", {"data": {"type": "event", "attributes": attributes}})

    def get(self, event_id: str) -> Any:
        return get(f"/api/events/{_part(event_id)}")["data"]


class Profiles:
    def get(self, profile_id: str) -> Any:
        return get(f"/api/profiles/{_part(profile_id)}")["data"]

    def find(self, **by: str) -> Any:
        """The profile with this `email`, `phone_number` or `external_id`, or None."""
        ((field, value),) = by.items()
        found = get("/api/profiles", filter=f"equals({field},{json.dumps(value)})")["data"]
        return found[0] if found else None

    def upsert(self, **fields: Any) -> Any:
        """Make it or bring it up to date. What is no field of profiles goes into its properties."""
        return post("/api/profile-import", {"data": _profile(fields)})["data"]

    def update(self, profile_id: str, **fields: Any) -> Any:
        return patch(f"/api/profiles/{_part(profile_id)}", {"data": _profile({"id": profile_id, **fields})})["data"]


class Lists:
    def add(self, list_id: str, profile_ids: Sequence[str]) -> None:
        post(_members(list_id), {"data": [{"type": "profile", "id": each} for each in profile_ids]})

    def remove(self, list_id: str, profile_ids: Sequence[str]) -> None:
        delete(_members(list_id), {"data": [{"type": "profile", "id": each} for each in profile_ids]})


events, profiles, lists = Events(), Profiles(), Lists()


def _members(list_id: str) -> str:
    return f"/api/lists/{_part(list_id)}/relationships/profiles"


def _part(text: str) -> str:
    return urllib.parse.quote(str(text), safe="")


def _profile(fields: Mapping[str, Any]) -> dict[str, Any]:
    document: dict[str, Any] = {"type": "profile"}
    attributes: dict[str, Any] = {}
    properties = dict(fields.get("properties") or {})
    for name, value in fields.items():
        if name == "id":
            document["id"] = value
        elif name in _ATTRIBUTES or name == "location":
            attributes[name] = value
        elif name != "properties":
            properties[name] = value
    if properties:
        attributes["properties"] = properties
    return {**document, "attributes": attributes}


def _flat(params: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for name, value in params.items():
        if isinstance(value, list | tuple):
            yield name, ",".join(str(each) for each in value)
        elif value is not None:
            yield name, str(value)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return None
