"""What is closed is closed: a process that has confined itself tries to get out. Without the kernel's extra layers, too."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from functions.code_runner.sandbox import kernel

PRISONER = """
import ctypes, json, mmap, os, resource, socket, sys, threading, time
from functions.code_runner.sandbox import confinement

def tried(what):
    try:
        return f"got {what()!r}"[:100]
    except BaseException as error:
        return f"refused {type(error).__name__}"

ticks, said, root = [], os.dup(1), os.getuid() == 0
def tick():
    while True:
        time.sleep(0.01)
        ticks.append(1)

layers = confinement.confine(kernel_layers=sys.argv[1] == "on", threads=lambda: threading.Thread(target=tick, daemon=True).start())
libc = ctypes.CDLL(None, use_errno=True)
found = {"layers": layers, "probes": {
    "environment": "got" if os.environ else "refused",
    "file": tried(lambda: open("/etc/passwd").read()),
    "own environment": tried(lambda: open("/proc/self/environ", "rb").read()),
    "folder": tried(lambda: os.listdir("/")),
    "write": tried(lambda: open("/tmp/prisoner", "w").write("x")),
    "null": tried(lambda: open("/dev/null").read()),
    "pipe": tried(os.pipe),
    "duplicate": tried(lambda: os.dup(1)),
    "core": tried(lambda: any(resource.getrlimit(resource.RLIMIT_CORE)) or 1 / 0),
    "memory": tried(lambda: len(bytearray(1 << 30))),
}}
if sys.argv[1] == "off" and not root:  # root may have as many as it likes
    found["probes"] |= {"process": tried(os.fork), "thread": tried(threading.Thread(target=print).start)}
if sys.argv[1] == "on":
    found["probes"] |= {
        "more files": tried(lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100)) or "raised"),
        "signal": tried(lambda: os.kill(1, 0)),
        "executable": tried(lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)),
        "made executable": "refused" if libc.mprotect(ctypes.c_void_p(ctypes.addressof(ctypes.create_string_buffer(9)) & ~4095), 4096, 7) else "got",
        "name": tried(os.uname),
        "user": tried(lambda: os.setuid(0)),
    }
before = len(ticks)
time.sleep(0.2)
found["ticking"] = len(ticks) > before
found["lines"] = sum(range(1000))
os.write(said, json.dumps(found).encode())
os._exit(0)
"""

# Calls that nothing of ours makes: whoever makes one is ended at once.
FATAL = {
    "socket": "socket.socket()",
    "socket pair": "socket.socketpair()",
    "fork": "os.fork()",
    "exec": "os.execv('/bin/true', ['true'])",
    "thread": "threading.Thread(target=print).start()",
    "server": "socket.create_server(('127.0.0.1', 0))",
}


@cache
def prisoner(layers: str) -> dict[str, Any]:
    run = subprocess.run([sys.executable, "-c", PRISONER, layers], capture_output=True, check=True, env=_environment())
    found: dict[str, Any] = json.loads(run.stdout)
    return found


def _environment() -> dict[str, str]:
    return {"PYTHONPATH": ":".join(sys.path), "SECRET": "canary"}


@pytest.mark.parametrize("layers", ["on", "off"])
def test_nothing_opens(layers: str) -> None:
    found = prisoner(layers)
    assert not {probe: got for probe, got in found["probes"].items() if not got.startswith("refused")}
    assert found["lines"] == 499500


@pytest.mark.parametrize("layers", ["on", "off"])
def test_the_thread_that_was_started_in_time_goes_on(layers: str) -> None:
    assert prisoner(layers)["ticking"]


def test_the_kernel_has_what_these_tests_are_about() -> None:
    """A control: where seccomp and Landlock are missing the tests above would prove little."""
    if not Path("/proc/sys/kernel/seccomp").exists():
        pytest.skip("this kernel has no seccomp")
    assert "seccomp" in prisoner("on")["layers"]
    assert prisoner("off")["layers"] == []


@pytest.mark.parametrize("what", FATAL)
def test_who_makes_a_process_or_a_socket_is_ended(what: str) -> None:
    script = PRISONER.split("libc =")[0] + f"{FATAL[what]}\nos.write(said, b'alive')"
    run = subprocess.run([sys.executable, "-c", script, "on"], capture_output=True, check=False, env=_environment())
    assert (run.returncode, run.stdout) == (-31, b"")


@pytest.mark.parametrize("what", FATAL)
def test_the_same_works_in_a_process_that_is_not_confined(what: str) -> None:
    script = f"import os, socket, threading\n{FATAL[what]}"
    assert subprocess.run([sys.executable, "-c", script], check=False, env=_environment()).returncode == 0


def test_the_filter_allows_each_call_once_and_none_that_it_ends() -> None:
    assert len(set(kernel.ALLOWED)) == len(kernel.ALLOWED)
    assert not set(kernel.ALLOWED) & set(kernel.FATAL)
    assert len(kernel.program()) % 8 == 0
