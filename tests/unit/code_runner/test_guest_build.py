"""How the guests are built: pins with hashes, no registry's address, no machine but the one they are for."""

from __future__ import annotations

import json
import platform
import re
from pathlib import Path

import pytest

from functions.code_runner.guest import build, library

GUEST = Path(build.__file__).parent


def test_python_packages_are_pinned_with_hashes() -> None:
    pins = (GUEST / "python/requirements.txt").read_text()
    entries = re.split(r"\n(?=\S)", pins.strip())
    assert all(re.match(r"[\w.-]+==\S+ ", entry) and "--hash=sha256:" in entry for entry in entries)
    names = {entry.partition("==")[0] for entry in entries}
    wanted = [line for line in (GUEST / "python/requirements.in").read_text().splitlines() if not line.startswith("#")]
    assert names >= set(wanted)


def test_npm_packages_are_locked_by_hash_without_an_address() -> None:
    lock = json.loads((GUEST / "javascript/package-lock.json").read_text())
    packages = {path: entry for path, entry in lock["packages"].items() if path}
    assert all("integrity" in entry and "resolved" not in entry for entry in packages.values())
    declared = json.loads((GUEST / "javascript/package.json").read_text())["devDependencies"]
    assert all(packages[f"node_modules/{name}"]["version"] == wanted for name, wanted in declared.items())


def test_another_machine_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    with pytest.raises(SystemExit, match="x86_64 only; this is aarch64"):
        build.main()


def test_a_mark_changes_with_what_a_component_is_made_of() -> None:
    python, javascript = (build._component_mark(runtime) for runtime in ("python", "javascript"))
    assert python != javascript
    assert python == build._component_mark("python")


def test_packages_lose_what_cannot_run_inside(tmp_path: Path) -> None:
    for name in ("yaml/__init__.py", "yaml/_yaml.so", "phonenumbers/geodata/data0.py", "yaml/tests/x.py", "six.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x = 1\n")
    library.trim(tmp_path)
    assert [name for name, _, _ in library._modules(tmp_path)] == ["six", "yaml"]
