"""Gather the bundled packages' modules and the time zones for the Python guest, compressed.

The interpreter inside the component is not the one that builds it, so sources are kept, not compiled code.
"""

from __future__ import annotations

import marshal
import shutil
import zlib
from collections.abc import Iterator
from pathlib import Path

# Of the bundled packages: native halves, and tables of many megabytes (places, carriers and zones of phone numbers).
DROPPED = (
    "**/*.so", "**/tests", "bin", "phonenumbers/geodata", "phonenumbers/carrierdata", "phonenumbers/tzdata",
    "**/__pycache__", "**/*.pyi",
)  # fmt: skip


def trim(packages: Path) -> None:
    for pattern in DROPPED:
        for path in list(packages.glob(pattern)):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def gather(packages: Path) -> bytes:
    """Marshalled (name → (whether it is a package, source), zone → TZif), both zlib."""
    sources = {name: (package, zlib.compress(path.read_bytes(), 9)) for name, package, path in _modules(packages)}
    zones = packages / "tzdata/zoneinfo"
    kept = {
        path.relative_to(zones).as_posix(): zlib.compress(path.read_bytes(), 9)
        for path in sorted(zones.rglob("*")) if path.is_file() and path.read_bytes()[:4] == b"TZif"
    }  # fmt: skip
    return marshal.dumps((sources, kept), 4)


def _modules(root: Path) -> Iterator[tuple[str, bool, Path]]:
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        if any(not part.isidentifier() for part in parts) or parts[-1] == "__main__":
            continue
        package = parts[-1] == "__init__"
        yield ".".join(parts[:-1] if package else parts), package, path
