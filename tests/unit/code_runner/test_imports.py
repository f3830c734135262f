"""The engine child knows the standard library, wasmtime and its own folder: nothing that holds a key or a connection."""

from __future__ import annotations

import json
import subprocess
import sys

from functions.code_runner import children

ASK = "import json, sys; sys.path += sys.argv[1:]; import functions.code_runner.sandbox.child; print(json.dumps(sorted(sys.modules)))"


def test_what_the_engine_imports() -> None:
    python, *options, _, _, ours, theirs = children.command()
    assert options == ["-I", "-S", "-c"]
    run = subprocess.run([python, "-I", "-S", "-c", ASK, ours, theirs], capture_output=True, check=True, env={})
    found = json.loads(run.stdout)
    foreign = {name.split(".")[0] for name in found} - set(sys.stdlib_module_names) - {"__main__"}
    assert foreign == {"functions", "wasmtime"}
    inner = {name for name in found if name.startswith("functions.")}
    assert {name for name in inner if not name.startswith("functions.code_runner.sandbox")} == {"functions.code_runner"}
    assert not {"socket", "ssl", "subprocess", "multiprocessing", "http", "urllib.request"} & set(found)


def test_the_engine_is_told_of_nothing() -> None:
    """Not a variable, but where the Lambda runtime keeps Python's own libraries; and that is forgotten, too."""
    given = {"AWS_SECRET_ACCESS_KEY": "x", "PATH": "/bin", "PYTHONPATH": "/", "LD_PRELOAD": "x", "LD_LIBRARY_PATH": "/var/lang/lib"}
    assert children.bare(given) == {"LD_LIBRARY_PATH": "/var/lang/lib"}
    assert children.bare({}) == {}
