"""A grammar of Trino that is not ours (dt-sql-parser) reads the SQL of every report. `make trino-grammar` installs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from cdp.query.sql import compile
from functions.reports.catalogue import REPORTS
from functions.reports.example import SCOPE

MODULES = Path(__file__).parents[3] / ".build" / "trino" / "node_modules"
NODE = Path(sys.executable).with_name("node")


def complaints(texts: dict[str, str]) -> dict[str, list[str]]:
    """What the grammar says against each text."""
    assert MODULES.is_dir(), "the grammar is not installed: make trino-grammar"
    ran = subprocess.run(
        [NODE, Path(__file__).with_name("validate.mjs")],
        env={**os.environ, "NODE_PATH": str(MODULES), "NODE_NO_WARNINGS": "1"},
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    found: dict[str, list[str]] = json.loads(ran.stdout)
    return found


def test_the_sql_of_every_report_is_trino() -> None:
    texts = {
        f"{report.kind}/{example.name}": compile(report.query(example.params, SCOPE), "athena").sql
        for report in REPORTS
        for example in report.examples
    }
    found = complaints(texts)
    assert found.keys() == texts.keys()
    assert {name: said for name, said in found.items() if said} == {}


def test_the_grammar_refuses_what_is_not_trino() -> None:
    wrong = {
        "missing column": "SELECT FROM events",
        "asof": "SELECT 1 FROM a AS x ASOF JOIN b ON x.t >= b.t",
        "cast": "SELECT value::INTEGER FROM events",
        "qualify": "SELECT a FROM b QUALIFY row_number() OVER (ORDER BY a) = 1",
    }
    assert [name for name, said in complaints(wrong).items() if not said] == []
