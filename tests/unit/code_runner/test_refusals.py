"""It fails closed: each reason not to run, and what it says. The engine is one that a test speaks for; what real engines
and guests prove is in test_runner.py."""

from __future__ import annotations

import hashlib
import json
import platform
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cdp.code.job import Limits, Runtime
from cdp.errors import Unavailable
from functions.code_runner import children
from functions.code_runner.runner import Options, Runner
from functions.code_runner.sandbox.artefacts import engine_version
from tests.unit.code_runner.jobs import ACCOUNT, ENGINE, job, ways

# What a sound engine says in the self-test, and anything to everybody else.
SOUND = """
import json
TRIED = dict(sum=499500, environment={"MARK": "self-test"}, file="refused: x", process="refused: x", socket="refused: x", loopback="refused: x")

def fetch():
    send("fetch", {}, b'{"method": "GET", "url": "https://127.0.0.1/"}')
    receive()

def said(event):
    if event == b'"memory"':
        return done(b'{"status": "failed", "failure": {"kind": "MemoryError", "message": ""}}')
    if event == b'"loop"':
        send("log", {"level": "info"}, b"looping")
        return done(ended="timeout")
    if event == b"1000":
        fetch()
        return done(json.dumps({"status": "ok", "result": TRIED}).encode())
    done(b'{"status": "ok", "result": 7}')

%s

def answer(kind, head, body):
    if kind == "call":
        return said(body[: head["event_bytes"]])
    done()
"""


def guests(folder: Path, **changed: Any) -> Path:
    """Guests that are what their manifest says they are, apart from what is `changed`."""
    hashes = {}
    for runtime in ("python", "javascript"):
        (folder / f"{runtime}.cwasm").write_bytes(runtime.encode())
        hashes[runtime] = hashlib.blake2b(runtime.encode(), digest_size=32).hexdigest()
    manifest = {"machine": platform.machine(), "wasmtime": engine_version(), "blake2b": hashes} | changed
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def runner(folder: Path, change: str = "", **options: Any) -> Runner:
    command = [sys.executable, "-S", "-c", ENGINE % (SOUND % change), "{fd}"]
    environment = {"PYTHONPATH": ":".join(sys.path)}
    return Runner(Options(folder, environment=environment, command=command, **options), ways())


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    made = runner(guests(tmp_path_factory.mktemp("guests")))
    yield made
    made.close()


def refusal(of: Runner) -> str:
    answer = of.answer(job("", 1), ACCOUNT)
    of.close()
    assert (answer.outcomes, answer.problems) == ((), ())
    assert answer.refused is not None
    return answer.refused


def test_a_sound_engine_runs(sound: Runner) -> None:
    answer = sound.answer(job("", 1), ACCOUNT)
    assert (answer.refused, [bytes(outcome.result) for outcome in answer.outcomes]) == (None, [b"7"])


@pytest.mark.parametrize("runtime", ["python", "javascript"])
@pytest.mark.parametrize("tenant", [None, "", "AcCt02", "acct01"])
def test_without_its_own_tenant_nothing_runs(sound: Runner, tenant: str | None, runtime: Runtime) -> None:
    answer = sound.answer(job("", 1, runtime=runtime), tenant)
    assert answer.outcomes == ()
    assert "tenant" in (answer.refused or "")


def test_a_guest_that_was_tampered_with(tmp_path: Path) -> None:
    guests(tmp_path)
    (tmp_path / "python.cwasm").write_bytes(b"pythom")
    assert "not the one that was built: its BLAKE2b is" in refusal(runner(tmp_path))


def test_a_guest_that_is_exchanged_while_the_platform_runs(tmp_path: Path) -> None:
    of = runner(guests(tmp_path))
    assert of.answer(job("", 1), ACCOUNT).refused is None
    of.close()  # the next job needs another engine
    (tmp_path / "python.cwasm").write_bytes(b"pythom")
    assert "BLAKE2b" in refusal(of)


def test_a_guest_that_is_not_there(tmp_path: Path) -> None:
    assert "make guests" in refusal(runner(tmp_path / "nowhere"))
    (guests(tmp_path) / "python.cwasm").unlink()
    assert "There is no python guest" in refusal(runner(tmp_path))
    assert "make guests" in refusal(runner(tmp_path))


@pytest.mark.parametrize("manifest", ["", "[]", "{", '"x"'])
def test_a_manifest_that_is_none(tmp_path: Path, manifest: str) -> None:
    (guests(tmp_path) / "manifest.json").write_text(manifest)
    assert "manifest" in refusal(runner(tmp_path))


@pytest.mark.parametrize(
    ("changed", "reason"),
    [({"wasmtime": "49.0.0"}, "wasmtime 49.0.0"), ({"machine": "vax"}, "vax"), ({"blake2b": {}}, "There is no python guest")],
)
def test_guests_of_another_engine(tmp_path: Path, changed: dict[str, Any], reason: str) -> None:
    assert reason in refusal(runner(guests(tmp_path, **changed)))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("TRIED['environment'] |= {'AWS_SECRET_ACCESS_KEY': 'x'}", "AWS_SECRET_ACCESS_KEY"),
        ("TRIED['environment'] = {}", "variables"),
        ("TRIED['file'] = 'got it'", "could reach a file"),
        ("TRIED['process'] = 'got it'", "could reach a process"),
        ("TRIED['socket'] = 'got it'", "could reach a socket"),
        ("TRIED['loopback'] = 'got it'", "could reach a loopback"),
        ("TRIED['sum'] = 7", "reckons wrongly"),
        ("TRIED.pop('file')", "nothing that can be read"),
        ("def fetch(): pass", "127.0.0.1 was not refused"),
        ("kept = done\ndef done(*said, **ended): kept(*said)", "was not stopped"),
        ("def said(event): done(b'{\"status\": \"ok\"}')", "nothing that can be read"),
        ("def said(event): done(b'{}')", "did not answer"),
        ("def said(event): os._exit(1)", "did not answer"),
        ("kept = said\ndef said(event): kept(b'2' if b'memory' in event else event)", "not bounded"),
        ("kept = said\ndef said(event): done(ended='timeout') if b'loop' in event else kept(event)", "it did not loop"),
    ],
)  # fmt: skip
def test_an_engine_that_fails_its_self_test(tmp_path: Path, change: str, reason: str) -> None:
    of = runner(guests(tmp_path), change)
    said = refusal(of)
    assert "self-test failed" in said
    assert reason in said
    assert "self-test failed" in refusal(of)  # and the next engine is no better for having been refused


@pytest.mark.parametrize(
    ("change", "reason"),
    [("os._exit(3)", "code 3"), ("os.kill(os.getpid(), 9)", "signal 9"), ("send('log')", "did not say that it is ready")],
)
def test_an_engine_that_does_not_start(tmp_path: Path, change: str, reason: str) -> None:
    assert reason in refusal(runner(guests(tmp_path), change))


def test_an_interpreter_that_is_not_there(tmp_path: Path) -> None:
    of = Runner(Options(guests(tmp_path), command=["/nowhere/python", "{fd}"]), ways())
    assert "/nowhere/python" in refusal(of)


def test_an_engine_that_is_slow_to_start_is_no_reason_to_give_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "START_S", 0.2)
    of = runner(guests(tmp_path), "time.sleep(60)")
    with pytest.raises(Unavailable):
        of.answer(job("", 1), ACCOUNT)
    assert of.engines() == []


@pytest.mark.parametrize(
    "others",
    [
        {"limits": Limits(timeout_s=15.1)}, {"limits": Limits(timeout_s=0)}, {"limits": Limits(timeout_s=float("nan"))},
        {"limits": Limits(memory_mb=257)}, {"limits": Limits(memory_mb=0)}, {"limits": Limits(requests=51)},
        {"limits": Limits(result_bytes=1_000_001)}, {"limits": Limits(log_bytes=65_537)}, {"limits": Limits(answer_bytes=-1)},
        {"environment": {f"A{number}": "" for number in range(65)}}, {"environment": {"A": "x" * 6000}},
        {"code": "x" * (2**20 + 1)}, {"code": "é" * (2**19 + 1)}, {"events": ["x" * 2**21]}, {"events": range(101)},
    ],
)  # fmt: skip
def test_a_job_that_is_larger_than_jobs_are(sound: Runner, others: dict[str, Any]) -> None:
    code, events = others.pop("code", ""), others.pop("events", [1])
    answer = sound.answer(job(code, *events, **others), ACCOUNT)
    assert answer.outcomes == ()
    assert answer.refused


def test_the_largest_job_runs(sound: Runner) -> None:
    pairs = {f"A{number}": "x" * 5000 for number in range(64)}
    limits = Limits(timeout_s=15, memory_mb=256)
    answer = sound.answer(job("x" * 2**20, *range(100), environment=pairs, limits=limits), ACCOUNT)
    assert {outcome.status for outcome in answer.outcomes} == {"ok"}


def test_what_is_refused_costs_no_other_job(sound: Runner) -> None:
    assert sound.answer(job("", 1), None).refused
    assert sound.answer(job("", 1), ACCOUNT).refused is None
