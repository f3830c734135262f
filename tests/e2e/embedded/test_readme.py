"""The README's commands and code, run as they stand there."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.embedded.reader import ROOT, Reader, blocks, reading
from tests.e2e.embedded.waiting import wait_for

README = (ROOT / "README.md").read_text()
BLOCKS = blocks("README.md")


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    with reading(tmp_path_factory.mktemp("readme")) as reader:
        yield reader


def events(reader: Reader) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(reader.follow(BLOCKS["curl"]))["data"]
    return found


def test_every_block_is_run_here() -> None:
    assert set(BLOCKS) == {"up", "sdk", "curl", "import", "report", "predict", "function", "deploy"}
    assert README.count("```bash") + README.count("```python") == len(BLOCKS), (
        "mark new blocks, and run them here"
    )


def test_the_sdk_block_sends_an_event(reader: Reader) -> None:
    reader.follow(BLOCKS["sdk"])
    sent = wait_for(lambda: [e for e in events(reader) if e["attributes"]["event_properties"].get("OrderId") == 1001
                             or e["attributes"]["event_properties"].get("OrderId") == "1001"])  # fmt: skip
    assert len(sent) == 1


def test_the_import_block_imports(reader: Reader) -> None:
    before = len(events(reader))
    rows = "Email,Order Date,Total\n" + "".join(
        f"c{n}@example.com,2026-01-0{1 + n},{n}.50\n" for n in range(5)
    )
    (reader.folder / "orders.csv").write_text(rows)
    assert "5 rows, 5 sent, 0 rejected" in reader.follow(BLOCKS["import"])
    wait_for(lambda: len(events(reader)) == before + 5)
    report = json.loads(reader.follow(BLOCKS["report"]))["data"]["attributes"]
    assert sum(group["end"]["count"] for group in report["results"]) >= 5


def test_the_predict_block_reckons_what_customers_are_worth(reader: Reader) -> None:
    (reader.folder / "orders.csv").write_text("Email,Order Date,Total\nworth@example.com,2026-01-02,7.25\n")
    reader.follow(BLOCKS["import"])

    def worth() -> list[Any]:
        query = "filter=equals(email,%22worth@example.com%22)&additional-fields%5Bprofile%5D=predictive_analytics"
        url = f"http://127.0.0.1:8080/api/profiles?{query}"
        shown = json.loads(reader.follow(("bash", f"curl -s '{url}' -H \"Authorization: Klaviyo-API-Key $KEY\"")))["data"]
        return [one["attributes"]["predictive_analytics"]["historic_clv"] for one in shown]

    wait_for(worth)
    reader.follow(BLOCKS["predict"])
    assert worth() == [7.25]


def test_the_function_block_runs_with_the_next_order(reader: Reader) -> None:
    reader.follow(BLOCKS["sdk"])
    wait_for(lambda: events(reader))
    reader.follow(BLOCKS["function"])
    language, code = BLOCKS["sdk"]

    def thanked() -> bool:
        url = "http://127.0.0.1:8080/api/profiles?filter=equals(email,%22ada@example.com%22)"
        shown = json.loads(reader.follow(("bash", f"curl -s '{url}' -H \"Authorization: Klaviyo-API-Key $KEY\"")))["data"]
        return bool(shown[0]["attributes"]["properties"].get("thanked"))

    assert not thanked()
    reader.follow((language, code.replace("1001", "1002")))
    wait_for(thanked)


def test_the_deploy_block_is_a_target() -> None:
    """Deploying needs an account; the template itself is deployed on an emulator in tests/e2e."""
    dry = subprocess.run(["make", "--dry-run", "deploy"], cwd=ROOT, capture_output=True, text=True)
    assert dry.returncode == 0, dry.stderr
    assert "infra.aws.deploy" in dry.stdout


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)", README):
        assert (ROOT / target).exists(), target


def test_commands_of_the_tables_exist() -> None:
    program = ROOT / ".venv/bin/regulars"
    for words in (
        ["up"],
        ["account", "create"],
        ["account", "plan"],
        ["segments", "evaluate"],
        *(["fn", name] for name in ("create", "test", "publish", "logs", "rollback", "replay")),
        ["import"],
        *(["jobs", name] for name in ("list", "dead", "replay", "run")),
    ):
        shown = subprocess.run([program, *words, "--help"], capture_output=True, text=True)
        assert shown.returncode == 0, shown.stderr
