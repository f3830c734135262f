"""Build the guests: components out of pinned packages and the sources beside this file, compiled ahead of time.

    python -m functions.code_runner.guest.build

Into .build/guests come `<runtime>.cwasm` and the manifest that sandbox/artefacts.py checks; what is needed on the way lies
in .build/guests-work. A step runs again only when what goes into it changed.
"""

from __future__ import annotations

import fcntl
import hashlib
import inspect
import json
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from functions.code_runner.guest import library
from functions.code_runner.sandbox import artefacts, compiling

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
BIN = Path(sys.executable).parent
BUILT, WORK = ROOT / ".build/guests", ROOT / ".build/guests-work"
WIT = HERE / "world.wit"
MACHINE = "x86_64"
PYTHON = "3.14"  # inside the component; what componentize-py brings


def main() -> None:
    if platform.machine() != MACHINE:
        sys.exit(f"The sandbox of functions runs on {MACHINE} only; this is {platform.machine()}: the guests are not built.")
    BUILT.mkdir(parents=True, exist_ok=True)
    WORK.mkdir(parents=True, exist_ok=True)
    with (WORK / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one build at a time
        _build()


def _build() -> None:
    with ThreadPoolExecutor(len(artefacts.RUNTIMES)) as side_by_side:
        hashes = dict(zip(artefacts.RUNTIMES, side_by_side.map(_guest, artefacts.RUNTIMES), strict=True))
    manifest = {"machine": MACHINE, "wasmtime": artefacts.engine_version(), "blake2b": hashes}
    for runtime in artefacts.RUNTIMES:  # engines that run have the old ones open
        if not (kept := BUILT / f"{runtime}.cwasm").exists() or artefacts.digest(kept) != hashes[runtime]:
            shutil.copy(WORK / runtime / "guest.cwasm", WORK / "new")
            (WORK / "new").replace(kept)
    (WORK / "new").write_text(json.dumps(manifest, indent=2) + "\n")
    (WORK / "new").replace(BUILT / artefacts.MANIFEST)


def _guest(runtime: str) -> str:
    """BLAKE2b of the artefact, which is there afterwards."""
    started = time.monotonic()
    component, artefact = WORK / runtime / "guest.wasm", WORK / runtime / "guest.cwasm"
    steps = [
        _once(component, _component_mark(runtime), lambda: BUILDERS[runtime](component)),
        _once(artefact, _artefact_mark(component), lambda: artefact.write_bytes(_compiled(component))),
    ]
    if any(steps):
        sizes = ", ".join(f"{path.stat().st_size / 2**20:.0f} MB {path.suffix[1:]}" for path in (component, artefact))
        print(f"{runtime} guest: {sizes}, {time.monotonic() - started:.0f} s", flush=True)
    return artefacts.digest(artefact)


def _once(target: Path, mark: str, make: Callable[[], object]) -> bool:
    """Make the target unless its stamp bears this mark."""
    stamp = WORK / f"{target.parent.name}-{target.name}.stamp"
    if target.exists() and stamp.exists() and stamp.read_text() == mark:
        return False
    stamp.unlink(missing_ok=True)
    make()
    stamp.write_text(mark)
    return True


def _component_mark(runtime: str) -> str:
    """Changes with everything that the component is made of: sources, pins, tools."""
    sources = [path for path in sorted((HERE / runtime).rglob("*")) if path.is_file() and "__pycache__" not in path.parts]
    tools = ROOT / "requirements/dev.txt"
    return _hash(path.read_bytes() for path in (*sources, WIT, HERE / "library.py", Path(__file__), tools))


def _artefact_mark(component: Path) -> str:
    settings = (compiling.TARGET, compiling.INSTRUCTIONS, compiling.STACK_BYTES, artefacts.engine_version())
    return _hash([component.read_bytes(), inspect.getsource(compiling.configuration).encode(), repr(settings).encode()])


def _hash(parts: Iterable[bytes]) -> str:
    total = hashlib.sha256()
    for part in parts:
        total.update(hashlib.sha256(part).digest())
    return total.hexdigest()


def _compiled(component: Path) -> bytes:
    return compiling.compile_ahead(component.read_bytes())


def _python(component: Path) -> None:
    packages = component.parent / "packages"
    shutil.rmtree(packages, ignore_errors=True)
    packages.mkdir(parents=True)
    _run(
        ROOT / ".uv/bin/uv", "pip", "install", "--quiet", "--target", packages, "--python-version", PYTHON,
        "--python-platform", "x86_64-manylinux_2_28", "--only-binary", ":all:", "--require-hashes", "--no-deps",
        "--link-mode", "copy", "-r", HERE / "python/requirements.txt",
    )  # fmt: skip
    library.trim(packages)
    (packages / "library.bin").write_bytes(library.gather(packages))
    _run(
        BIN / "componentize-py", "--quiet", "--wit-path", WIT, "--world", "runtime", "componentize", "--stub-wasi",
        "--python-path", HERE / "python", "--python-path", packages, "_sandbox.entry", "--output", component,
    )  # fmt: skip


def _javascript(component: Path) -> None:
    work = component.parent
    work.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", "build.mjs"):
        shutil.copy(HERE / "javascript" / name, work / name)
    modules, lock = work / "node_modules", work / "package-lock.json"
    _once(modules, _hash([lock.read_bytes()]), lambda: _npm(work))
    _run(BIN / "node", "build.mjs", HERE / "javascript", WIT, component, cwd=work)


def _npm(work: Path) -> None:
    _run(BIN / "npm", "ci", "--prefix", work, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")


def _run(*command: str | Path, cwd: Path = ROOT) -> None:
    subprocess.run(command, check=True, cwd=cwd, stdin=subprocess.DEVNULL)


BUILDERS = {"python": _python, "javascript": _javascript}

if __name__ == "__main__":
    main()
