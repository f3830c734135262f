"""Rules of the house that no linter knows (STYLE §2)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted(path for path in (ROOT / "functions").glob("*/**/*.py"))
WIRING = ("cdp.connect", "cdp.adapters", "cdp.settings")


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_in_a_room_only_the_handler_wires(path: Path) -> None:
    wiring = {name for name in imported(path) if name.startswith(WIRING)}
    assert path.name == "handler.py" or not wiring


def test_the_rule_sees_a_handler_wire() -> None:
    assert any(
        name.startswith(WIRING) for name in imported(ROOT / "functions" / "ingest" / "handler.py")
    )


@pytest.mark.parametrize(
    "path",
    sorted(path for top in ("functions", "infra", "layers", "benchmarks") for path in (ROOT / top).rglob("*.py")),
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_files_stay_readable(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 300
