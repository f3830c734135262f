"""The catalogue, its golden files and pages, and the documented way to add a kind."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlglot
from sqlglot.errors import ErrorLevel

from cdp.query.sql import compile
from functions.reports import catalogue
from functions.reports import pages as report_pages
from functions.reports.catalogue import REPORTS
from functions.reports.example import SCOPE
from tests.unit.query.files import event
from tests.unit.reports.room import Room

ROOT = Path(__file__).parents[3]
KINDS = ROOT / "functions" / "reports" / "kinds"
EXAMPLES = [(report, example) for report in REPORTS for example in report.examples]


def test_every_kind_is_listed() -> None:
    files = {path.stem for path in KINDS.glob("*.py") if "REPORT = Report(" in path.read_text()}
    assert files == {report.query.__module__.rpartition(".")[2] for report in REPORTS}
    assert len({report.kind for report in REPORTS}) == len(REPORTS)


def test_golden_files_are_current() -> None:
    """`make golden` writes them; the difference is for reviewers."""
    wanted = report_pages.goldens()
    assert {path for path in report_pages.GOLDEN.rglob("*") if path.is_file()} == set(wanted)
    for path, text in wanted.items():
        assert path.read_text() == text, path.name


def test_a_stale_page_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """`make check` runs this over docs/reports."""
    monkeypatch.setattr(report_pages, "REPORTS", REPORTS[:2])
    monkeypatch.setattr(report_pages, "DOCS", tmp_path)
    assert report_pages.main([]) == 0
    assert report_pages.main(["--check"]) == 0
    kind = REPORTS[1].kind
    assert (tmp_path / "pictures" / f"{kind}.svg").read_text().startswith("<?xml")
    (tmp_path / f"{kind}.md").write_text("old")
    (tmp_path / "pictures" / "gone.svg").write_text("old")
    assert report_pages.main(["--check"]) == 1
    assert {f"{kind}.md", "gone.svg"} <= set(capsys.readouterr().err.replace(",", " ").split())


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.kind)
def test_a_kind_has_at_most_three_examples_that_show_something(report: Any) -> None:
    assert 1 <= len(report.examples) <= 3
    with report_pages.example_engine() as engine:
        for example in report.examples:
            rows = report.rows(engine.run("example", report.query(example.params, SCOPE)))
            result = report.table(example.params, SCOPE, rows)
            assert result.rows
            assert {len(row) for row in result.rows} == {len(result.columns)}


@pytest.mark.parametrize(("report", "example"), EXAMPLES, ids=lambda thing: getattr(thing, "name", None))
def test_the_text_for_athena_is_trino(report: Any, example: Any) -> None:
    """A strict parser reads it, and writes it again without complaint."""
    text = compile(report.query(example.params, SCOPE), "athena").sql
    for dialect in ("trino", "athena"):
        (tree,) = sqlglot.parse(text, read=dialect, error_level=ErrorLevel.RAISE)
        assert tree is not None
        tree.sql(dialect, unsupported_level=ErrorLevel.RAISE)
    assert "$" not in re.sub(r"'[^']*'", "", text)


@pytest.fixture
def weekdays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The kind of docs/reports/adding-a-report.md, loaded from the page and listed."""
    page = (ROOT / "docs" / "reports" / "adding-a-report.md").read_text()
    (source,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    file = tmp_path / "weekdays.py"
    file.write_text(source)
    spec = importlib.util.spec_from_file_location("functions.reports.kinds.weekdays", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    monkeypatch.setattr(catalogue, "REPORTS", (*REPORTS, module.REPORT))
    monkeypatch.setitem(catalogue.BY_KIND, "weekdays", module.REPORT)
    return module


def test_the_documented_kind_runs(room: Room, weekdays: ModuleType) -> None:
    metric = room.metric("Placed Order")
    begin = datetime(2036, 6, 1, 21, tzinfo=UTC)
    moments = [begin + timedelta(hours=hours) for hours in (0, 1, 2, 3, 50, 51, 100, 400)]
    room.store([event(n, at, metric_id=metric.no, value=1.5) for n, at in enumerate(moments)])
    definition = {"metric_id": metric.id, "timeframe": {"start": "2036-06-01", "end": "2036-06-07"}}
    answer = room.run("weekdays", definition)
    days = [at.astimezone(ZoneInfo("Europe/Berlin")).date() for at in moments]
    counted = Counter(day.isoweekday() for day in days if day <= date(2036, 6, 7))
    assert answer.data["attributes"]["rows"] == [
        [weekday, n, n * 1.5] for weekday, n in sorted(counted.items())
    ]
    wrong = room.run("weekdays", {**definition, "metric_id": "none"})
    assert wrong.error["source"] == {"pointer": "/data/attributes/definition/metric_id"}


def test_the_documented_kind_has_examples_for_both_engines(weekdays: ModuleType) -> None:
    with report_pages.example_engine() as engine:
        files = report_pages.golden(engine, weekdays.REPORT, weekdays.EXAMPLES[0])
    assert sorted(files) == ["quarter.athena.sql", "quarter.duckdb.sql", "quarter.rows.json"]
    assert "AT_TIMEZONE" in files["quarter.athena.sql"]
