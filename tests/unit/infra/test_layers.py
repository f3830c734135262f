from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from infra.aws import layers
from infra.specs import rooms


def test_the_recipe_is_consistent() -> None:
    recipe = layers.recipe()
    assert set(recipe.beside) <= set(recipe.names)
    for name, others in recipe.beside.items():
        before = recipe.names[: recipe.names.index(name)]
        assert set(others) <= set(before), f"{name} must be built after {others}"
    assert not any(pattern.startswith("*.libs") for pattern in recipe.trim)


def test_rooms_ask_for_layers_that_exist() -> None:
    assert {name for spec in rooms() for name in spec.layers} <= set(layers.recipe().names)


def test_a_fingerprint_tells_layers_and_interpreters_apart() -> None:
    seen = {layers.fingerprint(name, python) for name in layers.recipe().names for python in ("3.11", "3.13")}
    assert len(seen) == 2 * len(layers.recipe().names)


def test_a_cut_library_is_smaller_and_still_imports(tmp_path: Path) -> None:
    package = tmp_path / "msgspec"
    shutil.copytree(Path(msgspec.__file__).parent, package)
    libraries = list(package.glob("*.so"))
    before = [library.stat().st_size for library in libraries]
    saved = [layers.cut_symbols(library) for library in libraries]
    assert [library.stat().st_size for library in libraries] == [
        a - b for a, b in zip(before, saved, strict=True)
    ]
    assert sum(saved) > 0
    assert [layers.cut_symbols(library) for library in libraries] == [0] * len(libraries)
    script = "import sys; sys.path.insert(0, sys.argv[1]); import msgspec; print(msgspec.json.decode(b'[1]'))"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script, str(tmp_path)], capture_output=True, text=True
    )
    assert done.stdout == "[1]\n", done.stderr


@pytest.mark.parametrize("content", [b"", b"#!/bin/sh\n", b"\x7fELF", b"\x7fELF\x01\x01" + bytes(100)])
def test_other_files_are_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert layers.cut_symbols(path) == 0
    assert path.read_bytes() == content
