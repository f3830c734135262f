"""Build the third-party layers of layers/deps/pyproject.toml into .build/layers/.

    python -m infra.aws.layers [--python 3.13] [LAYER …]

A layer is built again only when its definition, its pins or this file changed. Wheels are taken for the
target (Linux x86_64, the given Python), not for this machine.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import struct
import subprocess
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEFINITION = ROOT / "layers/deps/pyproject.toml"
PINS = ROOT / "requirements/dev.txt"
BUILT = ROOT / ".build/layers"
GUESTS = ROOT / ".build/guests"
RUNTIME = "3.13"  # of the Lambdas
PLATFORM = "x86_64-manylinux_2_28"


@dataclass(frozen=True)
class Recipe:
    """What layers/deps/pyproject.toml says."""

    names: tuple[str, ...]
    provided: tuple[str, ...]
    beside: dict[str, list[str]]
    trim: tuple[str, ...]
    keep_symbols: tuple[str, ...]


def recipe() -> Recipe:
    text = tomllib.loads(DEFINITION.read_text())
    tool = text["tool"]["layers"]
    return Recipe(
        tuple(text["dependency-groups"]), tuple(tool["provided"]), tool["beside"], tuple(tool["trim"]),
        tuple(tool["keep_symbols"]),
    )  # fmt: skip


def folder(name: str, python: str = RUNTIME) -> Path:
    """Where the layer lies once it is built; the folder is the root of its zip."""
    return BUILT / f"py{python.replace('.', '')}" / name


def fingerprint(name: str, python: str = RUNTIME) -> str:
    """Changes with everything that the layer is made of."""
    parts = [
        DEFINITION.read_bytes(),
        PINS.read_bytes(),
        Path(__file__).read_bytes(),
        f"{name} {python}".encode(),
    ]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:32]


def build(names: Sequence[str] = (), python: str = RUNTIME) -> dict[str, Path]:
    """Bring the layers (all, or these and what they lie beside) up to date."""
    definition = recipe()
    wanted = {
        other for name in names or definition.names for other in (name, *definition.beside.get(name, []))
    }
    return {name: _build(definition, name, python) for name in definition.names if name in wanted}


def _build(definition: Recipe, name: str, python: str) -> Path:
    target, stamp = folder(name, python), folder(name, python).with_suffix(".stamp")
    mark = fingerprint(name, python)
    if stamp.exists() and stamp.read_text() == mark:
        return target
    stamp.unlink(missing_ok=True)
    shutil.rmtree(target, ignore_errors=True)
    _install(name, python, target / "python")
    _remove_others(definition, name, python)
    _trim(target / "python", definition)
    stamp.write_text(mark)
    return target


def _install(name: str, python: str, target: Path) -> None:
    subprocess.run(
        [
            ROOT / ".uv/bin/uv", "pip", "install", "--quiet", "--link-mode", "copy", "--only-binary", ":all:",
            "--python", ROOT / ".venv/bin/python", "--target", target,
            "--python-platform", PLATFORM, "--python-version", python,
            "--constraint", PINS, "--group", f"{DEFINITION}:{name}",
        ],
        check=True, cwd=ROOT,
    )  # fmt: skip


def _remove_others(definition: Recipe, name: str, python: str) -> None:
    """Drop what the runtime or another layer of the same function brings."""
    here = folder(name, python) / "python"
    for package in definition.provided:
        _remove([here / package, *here.glob(f"{package}-*.dist-info")])
    for other in definition.beside.get(name, []):
        _remove(here / entry.name for entry in (folder(other, python) / "python").iterdir())


def _trim(root: Path, definition: Recipe) -> None:
    for pattern in definition.trim:
        _remove(path for path in root.glob(pattern) if not _of_libs(path.relative_to(root)))
    kept = {path for pattern in definition.keep_symbols for path in root.glob(pattern)}
    for path in root.rglob("*"):
        if path.is_file() and path not in kept and not _of_libs(path.relative_to(root)):
            cut_symbols(path)


def _of_libs(path: Path) -> bool:
    return path.parts[0].endswith(".libs")


def _remove(paths: Iterable[Path]) -> None:
    for path in list(paths):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


_SEGMENT = struct.Struct("<II4Q")  # type, flags, offset, virtual address, physical address, size in the file


def cut_symbols(path: Path) -> int:
    """Cut a shared object behind its last loaded segment; the number of bytes saved.

    What lies there (symbol table for linkers, debugging data, section headers) is never read by the dynamic
    loader, which goes by the program headers alone.
    """
    with path.open("r+b") as file:
        header = file.read(64)
        if header[:6] != b"\x7fELF\x02\x01":  # 64 bits, little endian
            return 0
        (table,) = struct.unpack_from("<Q", header, 0x20)
        size, count = struct.unpack_from("<HH", header, 0x36)
        ends = [table + size * count]
        for number in range(count):
            file.seek(table + size * number)
            segment = _SEGMENT.unpack(file.read(_SEGMENT.size))
            ends.append(segment[2] + segment[5])
        saved: int = file.seek(0, 2) - max(ends)
        if saved > 0:
            file.seek(0x28)
            file.write(bytes(8))  # no section headers
            file.seek(0x3C)
            file.write(bytes(4))
            file.truncate(max(ends))
        return max(saved, 0)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    arguments.add_argument("layers", nargs="*", metavar="LAYER", choices=[*recipe().names, []])
    arguments.add_argument("--python", default=RUNTIME)
    given = arguments.parse_args()
    for name, path in build(given.layers, given.python).items():
        size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
        print(f"{name:8} {size / 2**20:6.1f} MB  {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
