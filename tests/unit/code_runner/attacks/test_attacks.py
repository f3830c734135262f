"""Nothing that is tried in the sandbox succeeds, and who comes next finds it as it was."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any, Literal

import msgspec
import pytest

from cdp.code.job import Call, Job, Limits, Outcome, Platform
from functions.code_runner.runner import Runner
from tests.unit.code_runner.attacks.cases import Case, read
from tests.unit.code_runner.attacks.probes import FINGERPRINT
from tests.unit.code_runner.attacks.surroundings import (
    CANARY,
    HOST,
    KEY,
    LEFT,
    ROOT,
    URLS,
    Surroundings,
    settled,
)
from tests.unit.outbound.servers import PUBLIC

CASES = [*read("python"), *read("javascript")]
# What functions have of the names that are tried; that these start and open nothing is tried by processes_start and
# files_database.
BUNDLED = ["h11", "site", "subprocess", "_sqlite3"]
_numbers = itertools.count(1)


def run(
    runner: Runner, around: Surroundings, language: Literal["python", "javascript"], code: str, events: list[Any], limits: Limits
) -> list[Outcome]:
    """A job of an account of its own."""
    account = f"A{next(_numbers):05d}"
    calls = tuple(
        Call(f"{account}-{number}", msgspec.Raw(msgspec.json.encode(event)), msgspec.Raw(b'{"company_id":"%s"}' % account.encode()))
        for number, event in enumerate(events)
    )
    platform = Platform(around.home.url.rstrip("/"), KEY)
    answer = runner.answer(Job(account, "function", 1, language, code, {"MARK": "own"}, calls, limits, platform), account)
    assert answer.refused is None
    assert [outcome.id for outcome in answer.outcomes] == [call.id for call in calls]
    return list(answer.outcomes)


def fingerprint(runner: Runner, around: Surroundings, language: Literal["python", "javascript"]) -> dict[str, Any]:
    (outcome,) = run(runner, around, language, FINGERPRINT[language], [1000], Limits())
    assert outcome.status == "ok", outcome
    assert LEFT.encode() not in msgspec.json.encode(outcome)
    found: dict[str, Any] = msgspec.json.decode(outcome.result)
    account = found.pop("account")
    assert outcome.id.startswith(account)
    assert found["sum"] == 499500
    return found


@pytest.fixture(scope="session")
def untouched(runner: Runner, around: Surroundings) -> Callable[[Literal["python", "javascript"]], dict[str, Any]]:
    """The fingerprint from before a language's first attack."""
    return cache(lambda language: fingerprint(runner, around, language))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_attack(
    case: Case, runner: Runner, around: Surroundings, untouched: Callable[[Literal["python", "javascript"]], dict[str, Any]]
) -> None:
    before = untouched(case.language)
    trapped, connected = around.trap.connections, len(around.net.connected)
    asked, at_home = len(around.hooks.requests), len(around.home.requests)
    looked_up = len(around.net.looked_up)
    for event in _events(case, around):
        for outcome in run(runner, around, case.language, case.code, [event], Limits(timeout_s=case.timeout_s)):
            check(case, outcome)
    assert settled(around.trap) == trapped
    assert set(around.net.connected[connected:]) <= {f"{PUBLIC}:443"}
    if case.requests is not None:
        assert len(around.net.looked_up) - looked_up + len(around.hooks.requests) - asked <= case.requests + 1
    for request in around.hooks.requests[asked:]:
        assert KEY.encode() not in request
        assert not request.split(b" ")[1].startswith(b"/second")
        assert hosts(request) in ([HOST], ["rebind.example.com"])
    for request in around.home.requests[at_home:]:
        assert request.split(b" ")[1].startswith(b"/api/")
        assert hosts(request) == [f"127.0.0.1:{around.home.port}"]
        assert request.count(KEY.encode()) == request.lower().count(b"authorization:") == 1
    assert fingerprint(runner, around, case.language) == before


def check(case: Case, outcome: Outcome) -> None:
    said = msgspec.json.encode(outcome)
    assert outcome.status in case.ends, outcome
    for secret in (CANARY, KEY, ROOT):
        assert secret.encode() not in said, secret
    if outcome.status == "ok":
        got = [text for text in _texts(msgspec.json.decode(outcome.result)) if text.startswith("got ")]
        assert got == [], case.tries
    assert len(outcome.result) <= 1_000_000
    assert sum(len(line.text.encode()) for line in outcome.logs) <= 64 * 1024
    assert all(len(part) <= 4096 for line in outcome.logs for part in line.text.encode().split(b"\n"))
    assert len(outcome.fetched) <= 50
    assert 0 <= outcome.duration_ms < 1000 * (case.timeout_s + 10)
    assert msgspec.json.decode(said, type=Outcome) == outcome


def hosts(request: bytes) -> list[str]:
    lines = request.partition(b"\r\n\r\n")[0].split(b"\r\n")
    return [line[5:].strip().decode() for line in lines if line.lower().startswith(b"host:")]


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for each in value.values() for text in _texts(each)]
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    return [value] if isinstance(value, str) else []


def _events(case: Case, around: Surroundings) -> list[dict[str, object]]:
    if case.by_urls:
        return [around.event(inside=True, urls=URLS[start : start + 40]) for start in range(0, len(URLS), 40)]
    if case.name == "forged_answer":  # in place of the interpreter's own words
        words = ("", "null", "memory", "sleep 0", "sleep 1e9", "{", '{"status":"skipped"}', '{"status":"ok","result":', "x" * 1_500_000)
        return [around.event(inside=True, answer=word, **{"raise": fails}) for word in words for fails in (False, True)]
    return [around.event(inside=True, harmless=BUNDLED)]


def test_there_are_as_many_as_promised() -> None:
    counted = Counter(case.language for case in CASES)
    assert counted["python"] >= 40
    assert counted["javascript"] >= 30
    for language in ("python", "javascript"):
        families = {case.family for case in CASES if case.language == language}
        assert families >= {
            "credentials", "environment", "files" if language == "python" else "credentials", "processes", "memory", "sockets", "fetch",
            "exfiltration", "loops", "bombs", "recursion", "forged", "state", "imports",
        }  # fmt: skip
