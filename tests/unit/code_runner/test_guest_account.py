"""The module `account` in both languages: what it asks of the account's own API, and what it makes of the answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.unit.code_runner.guests import Outside, page, run

RUNTIMES = ("python", "javascript")


def call(runtime: str, python: str, javascript: str, outside: Outside) -> Any:
    if runtime == "python":
        return run(runtime, f"import account\ndef handler(event, context):\n  return {python}\n", outside=outside)
    return run(runtime, f"import account from 'account';\nexport default async () => {javascript}", outside=outside)


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize(
    ("python", "javascript", "method", "path", "body"),
    [
        ("account.get('/api/lists', filter='equals(name,\"a b\")')", "account.get('/api/lists', {filter: 'equals(name,\"a b\")'})", "GET", "/api/lists?filter=equals%28name%2C%22a+b%22%29", None),
        ("account.patch('/api/lists/L1', {'data': 1})", "account.patch('/api/lists/L1', {data: 1})", "PATCH", "/api/lists/L1", {"data": 1}),
        ("account.delete('/api/lists/L1')", "account.delete('/api/lists/L1')", "DELETE", "/api/lists/L1", None),
        ("account.profiles.get('a/b')", "account.profiles.get('a/b')", "GET", "/api/profiles/a%2Fb", None),
        (
            "account.profiles.update('P1', first_name='Anna', vip=True)", "account.profiles.update('P1', {first_name: 'Anna', vip: true})",
            "PATCH", "/api/profiles/P1",
            {"data": {"type": "profile", "id": "P1", "attributes": {"first_name": "Anna", "properties": {"vip": True}}}},
        ),
        (
            "account.profiles.upsert(email='a@b.example', properties={'n': 1})", "account.profiles.upsert({email: 'a@b.example', properties: {n: 1}})",
            "POST", "/api/profile-import",
            {"data": {"type": "profile", "attributes": {"email": "a@b.example", "properties": {"n": 1}}}},
        ),
        (
            "account.lists.add('L1', ['P1', 'P2'])", "account.lists.add('L1', ['P1', 'P2'])",
            "POST", "/api/lists/L1/relationships/profiles", {"data": [{"type": "profile", "id": "P1"}, {"type": "profile", "id": "P2"}]},
        ),
        (
            "account.lists.remove('L1', ['P1'])", "account.lists.remove('L1', ['P1'])",
            "DELETE", "/api/lists/L1/relationships/profiles", {"data": [{"type": "profile", "id": "P1"}]},
        ),
        (
            "account.events.create('Won', email='a@b.example', value=9.5, unique_id='u1', properties={'n': 1})",
            "account.events.create('Won', {email: 'a@b.example', value: 9.5, unique_id: 'u1', properties: {n: 1}})",
            "POST", "/api/events",
            {"data": {"type": "event", "attributes": {
                "metric": {"data": {"type": "metric", "attributes": {"name": "Won"}}},
                "profile": {"data": {"type": "profile", "attributes": {"email": "a@b.example"}}},
                "properties": {"n": 1}, "value": 9.5, "unique_id": "u1",
            }}},
        ),
    ],
)  # fmt: skip
def test_requests(runtime: str, python: str, javascript: str, method: str, path: str, body: object) -> None:
    outside = Outside(page(200, {"data": {"id": "X"}}))
    assert call(runtime, python, javascript, outside)["status"] == "ok"
    sent, url, headers, text = outside.sent()
    assert outside.asked[0]["platform"] is True
    assert (sent, url.replace("(", "%28").replace(")", "%29")) == (method, path)
    assert (json.loads(text) if text else None) == body
    assert headers["revision"] == "2026-10-15"
    assert "authorization" not in headers


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_profile_is_found(runtime: str) -> None:
    outside = Outside(page(200, {"data": [{"id": "P1"}]}))
    found = call(runtime, "account.profiles.find(email='a@b.example')", "account.profiles.find({email: 'a@b.example'})", outside)
    assert found["result"] == {"id": "P1"}
    none = call(runtime, "account.profiles.find(email='a')", "account.profiles.find({email: 'a'})", Outside(page(200, {"data": []})))
    assert none["result"] is None


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_errors_say_why(runtime: str) -> None:
    outside = Outside(page(429, {"errors": [{"detail": "Too many."}]}, {"Retry-After": "7"}))
    failed = call(runtime, "account.get('/api/lists')", "account.get('/api/lists')", outside)
    assert failed["failure"]["kind"] == "ApiError"
    assert failed["failure"]["message"] == "429: Too many."
    python = "import account\ndef handler(event, context):\n  try:\n    account.get('/x')\n  except account.ApiError as e:\n    raise account.Retry(after_s=e.retry_after_s)\n"
    javascript = "import account, { ApiError, Retry } from 'account';\nexport default async () => { try { await account.get('/x') } catch (e) { if (e instanceof ApiError) throw new Retry('', {after_s: e.retry_after_s}) } }"
    again = run(runtime, {"python": python, "javascript": javascript}[runtime], outside=outside)
    assert (again["status"], again["again_s"]) == ("again", 7)
