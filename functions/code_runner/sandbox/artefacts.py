"""The compiled guests on disk: which there are, and that they are what was built. Standard library only."""

from __future__ import annotations

import hashlib
import json
import platform
from importlib.metadata import version
from pathlib import Path

MANIFEST = "manifest.json"
RUNTIMES = ("python", "javascript")


class Unfit(Exception):
    """The artefacts cannot be used, and why: the sandbox refuses to start."""


def engine_version() -> str:
    """Of wasmtime: compiled guests fit the version that compiled them and no other."""
    return version("wasmtime")


def verified(folder: Path, runtime: str) -> Path:
    """The artefact of a runtime, a file of machine code whose hash is right; or `Unfit`."""
    manifest = _manifest(folder)
    if manifest.get("machine") != platform.machine():
        raise Unfit(f"The guests were compiled for {manifest.get('machine')}, this is {platform.machine()}.")
    if manifest.get("wasmtime") != engine_version():
        raise Unfit(f"The guests were compiled by wasmtime {manifest.get('wasmtime')}, this is {engine_version()}; run `make guests`.")
    path = folder / f"{runtime}.cwasm"
    hashes = manifest.get("blake2b")
    expected = hashes.get(runtime) if isinstance(hashes, dict) else None
    if expected is None or not path.is_file():
        raise Unfit(f"There is no {runtime} guest in {folder}; run `make guests`.")
    found = digest(path)
    if found != expected:
        raise Unfit(f"The {runtime} guest is not the one that was built: its BLAKE2b is {found[:16]}…, not {expected[:16]}….")
    return path


def digest(path: Path) -> str:
    """BLAKE2b: without instructions for it SHA-256 takes more than twice as long, and a first start waited for it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, _hash).hexdigest()


def _hash() -> hashlib.blake2b:
    return hashlib.blake2b(digest_size=32)


def _manifest(folder: Path) -> dict[str, object]:
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
    except FileNotFoundError as error:
        raise Unfit(f"There are no guests in {folder}; run `make guests`.") from error
    except ValueError as error:
        raise Unfit(f"The manifest of the guests in {folder} is not JSON.") from error
    if not isinstance(manifest, dict):
        raise Unfit(f"The manifest of the guests in {folder} is not an object.")
    return manifest
