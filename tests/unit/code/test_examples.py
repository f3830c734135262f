"""The documented examples, each run in the sandbox as `regulars fn test` would run it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cdp import connect
from cdp.code import calls
from cdp.code.job import Job, Limits, Outcome, Platform, Runtime
from cdp.events.function_due import Trigger
from cdp.filters.events import read_filters
from infra.embedded.commands import fn_sources
from tests.unit.code.conftest import raw

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "examples" / "functions"
FOLDERS = sorted(folder for folder in EXAMPLES.iterdir() if folder.is_dir())
ACCOUNT = "ABC234"


@dataclass
class Example:
    """A folder of code, with an event, recorded answers, and what is expected."""

    folder: Path

    @property
    def event(self) -> Any:
        return json.loads((self.folder / "event.json").read_text())

    @property
    def recorded(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "recorded.json").read_text())
        return found

    @property
    def expected(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "expected.json").read_text())
        return found

    def job(self, event: Any, recorded: dict[str, Any], environment: dict[str, str], *, look: bool = False) -> Job:
        source = fn_sources.read(self.folder)
        call = calls.call("sample", ACCOUNT, "fnfnfn", 1, Trigger("sample", raw(event)))
        return Job(
            account_id=ACCOUNT,
            function_id="fnfnfn",
            version=1,
            runtime=source.runtime,  # type: ignore[arg-type]  # the job's decoder looks at it
            code=source.code,
            environment=environment,
            calls=() if look else (call,),
            limits=Limits(timeout_s=source.settings.get("timeout_s", 5)),
            platform=Platform("http://127.0.0.1:8080", ""),
            dry=True,
            recorded={name: raw(one) for name, one in recorded.items()},
        )

    def run(self, event: Any = None, recorded: dict[str, Any] | None = None, **environment: str) -> Outcome:
        given = self.recorded if recorded is None else recorded
        job = self.job(event or self.event, given, environment or self.expected["environment"])
        (outcome,) = connect.runner("room:code_runner").run(job)
        return outcome


def asked(outcome: Outcome) -> list[str]:
    """Method, address without its query, and the status of every request."""
    return [f"{one.method} {one.url.partition('?')[0]} {one.status}" for one in outcome.fetched]


@pytest.fixture(params=FOLDERS, ids=lambda folder: folder.name)
def example(request: pytest.FixtureRequest) -> Example:
    return Example(request.param)


def test_an_example_does_what_it_says(example: Example) -> None:
    outcome, expected = example.run(), example.expected
    assert outcome.status == expected["status"], (outcome.failure, outcome.fetched)
    assert msgspec.json.decode(outcome.result) == expected["result"]
    assert asked(outcome) == expected["fetched"]
    assert all(one.failure is None for one in outcome.fetched)


def test_an_example_can_be_uploaded(example: Example) -> None:
    assert connect.runner("room:code_runner").check(example.job(example.event, {}, {}, look=True)) == []


def test_an_example_is_described(example: Example) -> None:
    """What stands in its README is so; its filters are filters."""
    source, text = fn_sources.read(example.folder), (example.folder / "README.md").read_text()
    assert text.startswith(f"# {source.name}\n")
    assert f"`{source.metric}`" in text
    assert f"regulars fn create examples/functions/{example.folder.name}" in text
    assert all(f"`{name}`" in text for name in example.expected["environment"])
    read_filters(source.settings.get("filters", []), "/filters")
    assert f"[{source.name}]({example.folder.name}/)" in (EXAMPLES / "README.md").read_text()


def test_there_are_examples_in_both_languages() -> None:
    runtimes = [fn_sources.read(folder).runtime for folder in FOLDERS]
    assert (runtimes.count("python"), runtimes.count("javascript")) == (3, 3)


def test_a_busy_chat_is_asked_again() -> None:
    example = Example(EXAMPLES / "order-to-chat")
    outcome = example.run(recorded={name: {"status": 503} for name in example.recorded})
    assert (outcome.status, outcome.again_s) == ("again", 30.0)


def test_a_busy_warehouse_is_asked_again_and_one_that_refuses_is_not() -> None:
    example = Example(EXAMPLES / "mirror-order")
    (name,) = example.recorded
    outcome = example.run(recorded={name: {"status": 503, "headers": {"retry-after": "120"}}})
    assert (outcome.status, outcome.again_s) == ("again", 120.0)
    outcome = example.run(recorded={name: {"status": 500}})
    assert (outcome.status, outcome.again_s) == ("again", None)
    outcome = example.run(recorded={name: {"status": 422, "body": "no such sku"}})
    assert outcome.status == "failed"
    assert outcome.failure is not None
    assert outcome.failure.message == "the warehouse refuses order 1001: 422 no such sku"


@pytest.mark.parametrize("typed", ["hello", "12", "+49 0"])
def test_what_is_no_number_changes_nothing(typed: str) -> None:
    example = Example(EXAMPLES / "normalise-phone")
    event = example.event
    event["data"]["attributes"]["event_properties"]["phone"] = typed
    outcome = example.run(event)
    assert outcome.status == "ok", outcome.failure
    assert msgspec.json.decode(outcome.result)["phone_number"] is None
    assert outcome.fetched == ()


@pytest.mark.parametrize("count", [1, 2])
def test_fewer_orders_make_no_vip(count: int) -> None:
    example = Example(EXAMPLES / "vip-on-third-order")
    (orders,) = (name for name in example.recorded if name.startswith("GET"))
    outcome = example.run(recorded={orders: {"body": {"data": [{"type": "event", "id": str(n)} for n in range(count)]}}})
    assert msgspec.json.decode(outcome.result) == {"orders": count, "vip": False}
    assert asked(outcome) == ["GET /api/events 200"]


@pytest.mark.parametrize(("before", "away", "days"), [("2026-03-01T05:06:07+00:00", 3, "180"), ("2025-08-01T05:06:07+00:00", 215, "365")])
def test_whoever_was_not_away_long_is_not_won_back(before: str, away: int, days: str) -> None:
    example = Example(EXAMPLES / "win-back")
    (orders,) = (name for name in example.recorded if name.startswith("GET"))
    recorded = {orders: {"body": {"data": [{"type": "event", "id": "x", "attributes": {"datetime": before}}]}}}
    outcome = example.run(recorded=recorded, DAYS=days)
    assert outcome.status == "ok", outcome.failure
    assert msgspec.json.decode(outcome.result) == {"won_back": False, "days_away": away}
    outcome = example.run(recorded={orders: {"body": {"data": []}}})
    assert msgspec.json.decode(outcome.result) == {"won_back": False, "days_away": None}


PAGES = ("docs/functions.md", "docs/operating/functions.md")
_BLOCK = re.compile(r"```(python|javascript)\n(.*?)```", re.DOTALL)


def _handlers() -> list[tuple[Runtime, str]]:
    """Whole functions that stand in the guide."""
    found = [(language, code) for page in PAGES for language, code in _BLOCK.findall((ROOT / page).read_text())]
    whole = re.compile(r"def handler|export default")
    return [(language, code) for language, code in found if whole.search(code) and "…" not in code]


def test_functions_in_the_guide_can_be_uploaded() -> None:
    handlers = _handlers()
    assert handlers
    for runtime, code in handlers:
        job = Job(ACCOUNT, "fnfnfn", 1, runtime, code, {}, ())
        assert connect.runner("room:code_runner").check(job) == [], code


def test_the_guide_names_what_can_be_imported() -> None:
    text = (ROOT / PAGES[0]).read_text()
    rows = dict(re.findall(r"^\| (Python|JavaScript) \| (.*) \|$", text, re.MULTILINE))
    modules = {name: re.findall(r"`(\w+)`", row.partition(";")[0]) for name, row in rows.items()}
    assert "phonenumbers" in modules["Python"]
    assert "lodash" in modules["JavaScript"]
    python = "".join(f"import {name}\n" for name in modules["Python"]) + "def handler(event, context): ...\n"
    javascript = "".join(f'import * as {name} from "{name}";\n' for name in modules["JavaScript"])
    javascript += "export default () => 1;\n"
    codes: tuple[tuple[Runtime, str], ...] = (("python", python), ("javascript", javascript))
    for runtime, code in codes:
        assert connect.runner("room:code_runner").check(Job(ACCOUNT, "fnfnfn", 1, runtime, code, {}, ())) == []
