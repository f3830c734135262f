"""Real functions in real engines, in both languages: what they may, where they are stopped, and that nothing stays."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cdp.code.job import Job, Limits, Outcome, Platform, Runtime
from cdp.errors import Unavailable
from functions.code_runner import children
from functions.code_runner.runner import Options, Runner, guests_folder
from tests.unit.code_runner.jobs import ACCOUNT, job, ways
from tests.unit.outbound.servers import OK, Visits, always, serving

RUNTIMES: tuple[Runtime, ...] = ("python", "javascript")


@pytest.fixture(scope="module", params=[True, False], ids=["layers", "bare"])
def runner(request: pytest.FixtureRequest) -> Iterator[Runner]:
    """With the kernel's extra layers, and without them as inside Lambda."""
    made = Runner(Options(guests_folder(""), kernel_layers=request.param, most_children=4), ways(allow_loopback=True))
    yield made
    made.close()


@pytest.fixture(scope="module")
def engines() -> Iterator[Runner]:
    """For what is done to engines as processes."""
    made = Runner(Options(guests_folder(""), most_children=4), ways())
    yield made
    made.close()


@pytest.fixture(scope="module")
def server() -> Iterator[Visits]:
    with serving(always(OK)) as visits:
        yield visits


def functions(python: str, javascript: str) -> pytest.MarkDecorator:
    """The same function in both languages."""
    return pytest.mark.parametrize(("runtime", "code"), [("python", python), ("javascript", javascript)], ids=RUNTIMES)


def run(runner: Runner, given: Job) -> tuple[Outcome, ...]:
    answer = runner.answer(given, given.account_id)
    assert answer.refused is None
    return answer.outcomes


def result(outcome: Outcome) -> Any:
    assert outcome.status == "ok", outcome
    return msgspec.json.decode(outcome.result)


ECHO = functions(
    "import os\ndef handler(event, context):\n    print('got', event['n'])\n    return [event, context['company_id'], os.environ['TOKEN']]\n",
    "export default async function handler(event, context) {\n  console.log('got', event.n);\n  return [event, context.company_id, process.env.TOKEN];\n}\n",
)


@ECHO
def test_an_event_and_its_context_go_in_and_a_result_and_logs_come_out(runner: Runner, runtime: Runtime, code: str) -> None:
    given = job(code, {"n": 1}, {"n": "zwei ✓"}, runtime=runtime, environment={"TOKEN": "s3cret ✓"})
    calls = tuple(msgspec.structs.replace(call, context=msgspec.Raw(b'{"company_id": "AcCt01"}')) for call in given.calls)
    first, second = run(runner, msgspec.structs.replace(given, calls=calls))
    assert result(first) == [{"n": 1}, "AcCt01", "s3cret ✓"]
    assert result(second) == [{"n": "zwei ✓"}, "AcCt01", "s3cret ✓"]
    assert [line.text.strip() for line in second.logs] == ["got zwei ✓"]
    assert (first.id, second.id) == ("call-0", "call-1")


@ECHO
def test_an_engine_holds_nothing_but_its_guest_and_its_socket(runner: Runner, runtime: Runtime, code: str) -> None:
    runner.warm(runtime)
    for pid in runner.engines():
        process = Path(f"/proc/{pid}")
        assert process.joinpath("environ").read_bytes() == b""
        held = {os.readlink(fd).split(":")[0] for fd in process.joinpath("fd").iterdir()}
        assert held <= {"/dev/null", "socket", *(str(guest) for guest in guests_folder("").glob("*.cwasm"))}
        limits = dict(line.rsplit(None, 3)[:2] for line in process.joinpath("limits").read_text().splitlines()[1:])
        assert {limits[f"Max {name}"] for name in ("core file size", "file size", "open files", "processes")} == {"0"}
        assert os.getsid(pid) == pid


COUNT = functions(
    "seen = []\ndef handler(event, context):\n    seen.append(event)\n    return seen\n",
    "const seen = [];\nexport default async function handler(event, context) { seen.push(event); return seen; }\n",
)


@COUNT
def test_a_batch_is_one_instance_and_the_next_is_another(runner: Runner, runtime: Runtime, code: str) -> None:
    for _ in range(2):
        assert [result(outcome) for outcome in run(runner, job(code, 1, 2, runtime=runtime))] == [[1], [1, 2]]


LOOP = functions(
    "def handler(event, context):\n    while event == 'loop':\n        pass\n    return event\n",
    "export default async function handler(event, context) { while (event === 'loop'); return event; }\n",
)


@LOOP
def test_a_loop_is_stopped_the_rest_left_and_the_next_job_runs(runner: Runner, runtime: Runtime, code: str) -> None:
    given = job(code, 1, "loop", 3, runtime=runtime, limits=Limits(timeout_s=0.3))
    engines = set(runner.engines())
    outcomes = run(runner, given)
    assert [outcome.status for outcome in outcomes] == ["ok", "timeout", "skipped"]
    assert outcomes[1].duration_ms >= 290
    assert set(runner.engines()) >= engines  # it was the instance that ended, not the engine
    assert [result(outcome) for outcome in run(runner, job(code, 3, runtime=runtime))] == [3]


MEMORY = functions(
    "def handler(event, context):\n    kept = []\n    while True:\n        kept.append(bytes(1 << 22))\n",
    "export default async function handler(event, context) { const kept = []; for (;;) kept.push(new Uint8Array(1 << 22).fill(1)); }\n",
)


@MEMORY
def test_memory_is_capped(runner: Runner, runtime: Runtime, code: str) -> None:
    first, second = run(runner, job(code, 1, 2, runtime=runtime, limits=Limits(timeout_s=10, memory_mb=128)))
    assert (first.status, second.status) in (("crashed", "skipped"), ("failed", "failed"))
    assert runner.answer(job("x", runtime=runtime), ACCOUNT).problems  # and the engine goes on


RAISES = functions(
    "def inner():\n    return {}['missing']\ndef handler(event, context):\n    return inner()\n",
    "function inner() { throw new TypeError('missing'); }\nexport default async function handler() { return inner(); }\n",
)


@RAISES
def test_an_exception_is_a_failure_of_its_call_alone(runner: Runner, runtime: Runtime, code: str) -> None:
    outcomes = run(runner, job(code, 1, 2, runtime=runtime))
    assert [outcome.status for outcome in outcomes] == ["failed", "failed"]
    failure = outcomes[0].failure
    assert failure is not None
    assert failure.kind in ("KeyError", "TypeError")
    assert "missing" in failure.message
    assert "inner" in failure.where


BROKEN = functions("def handler(event, context)\n    return 1\n", "export default async function handler(event, context) { return 1\n")


@BROKEN
def test_code_is_looked_at(runner: Runner, runtime: Runtime, code: str) -> None:
    answer = runner.answer(job(code, runtime=runtime), ACCOUNT)
    assert (answer.refused, answer.outcomes) == (None, ())
    assert answer.problems
    assert {outcome.status for outcome in run(runner, job(code, 1, 2, runtime=runtime))} == {"failed"}


FETCH = functions(
    "import requests\ndef handler(event, context):\n    answer = requests.post(event, json={'a': 1}, timeout=2)\n    return [answer.status_code, answer.text]\n",
    "export default async function handler(event) {\n  const answer = await fetch(event, {method: 'POST', body: JSON.stringify({a: 1})});\n  return [answer.status, await answer.text()];\n}\n",
)


@FETCH
def test_a_request_goes_out(runner: Runner, server: Visits, runtime: Runtime, code: str) -> None:
    server.requests.clear()
    (outcome,) = run(runner, job(code, server.url, runtime=runtime))
    assert result(outcome) == [200, "ok"]
    assert [(made.method, made.url, made.status) for made in outcome.fetched] == [("POST", server.url, 200)]
    assert json.loads(server.requests[0].partition(b"\r\n\r\n")[2]) == {"a": 1}


@FETCH
def test_a_request_that_is_refused_is_an_error_inside(runner: Runner, runtime: Runtime, code: str) -> None:
    (outcome,) = run(runner, job(code, "https://169.254.169.254/latest/meta-data/", runtime=runtime))
    assert outcome.status == "failed"
    assert [made.status for made in outcome.fetched] == [0]
    assert "169.254.169.254" in (outcome.fetched[0].failure or "")


@FETCH
def test_the_time_of_a_request_is_the_call_s(runner: Runner, runtime: Runtime, code: str) -> None:
    with serving(always(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")) as slow:
        (outcome,) = run(runner, job(code, slow.url, runtime=runtime, limits=Limits(timeout_s=0.4)))
    assert outcome.status in ("timeout", "failed")
    assert outcome.duration_ms >= 350


ACCOUNT_API = functions(
    "import account\ndef handler(event, context):\n    answer = account.get('/api/profiles')\n    return 1\n",
    "import account from 'account';\nexport default async function handler() { await account.get('/api/profiles'); return 1; }\n",
)


@ACCOUNT_API
def test_the_account_s_own_api_needs_no_key(runner: Runner, runtime: Runtime, code: str) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.api+json\r\nContent-Length: 11\r\n\r\n{\"data\":[]}"
    with serving(always(answer)) as api:
        platform = Platform(f"http://127.0.0.1:{api.port}", "pk_secret")
        (outcome,) = run(runner, job(code, 1, runtime=runtime, platform=platform))
        assert result(outcome) == 1
        head = api.requests[0].lower()
    assert b"authorization: klaviyo-api-key pk_secret" in head
    assert b"x-source-function: fn0001" in head


@LOOP
def test_jobs_run_beside_each_other(engines: Runner, runtime: Runtime, code: str) -> None:
    """One that loops holds up nobody: each has an engine of its own."""
    with ThreadPoolExecutor(1) as pool:
        looping = pool.submit(run, engines, job(code, "loop", runtime=runtime, limits=Limits(timeout_s=2)))
        quick = [run(engines, job(code, number, runtime=runtime))[0] for number in range(5)]
        assert not looping.done()
        assert [result(outcome) for outcome in quick] == list(range(5))
        assert looping.result()[0].status == "timeout"


@LOOP
def test_an_engine_that_dies_costs_its_own_job(engines: Runner, runtime: Runtime, code: str) -> None:
    run(engines, job(code, 1, runtime=runtime))
    with ThreadPoolExecutor(1) as pool:
        idle = set(engines.engines())
        looping = pool.submit(run, engines, job(code, "loop", 2, runtime=runtime, limits=Limits(timeout_s=10)))
        while not (taken := idle - set(engines.engines())):
            time.sleep(0.01)
        time.sleep(0.1)
        os.kill(taken.pop(), signal.SIGKILL)
        first, second = looping.result()
    assert (first.status, second.status) == ("crashed", "skipped")
    assert "signal 9" in (first.failure.message if first.failure else "")
    assert result(run(engines, job(code, 4, runtime=runtime))[0]) == 4


@LOOP
def test_an_engine_that_died_while_it_was_idle_costs_nothing(engines: Runner, runtime: Runtime, code: str) -> None:
    run(engines, job(code, 1, runtime=runtime))
    for pid in engines.engines():
        os.kill(pid, signal.SIGKILL)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert result(run(engines, job(code, 4, runtime=runtime))[0]) == 4


@LOOP
def test_an_engine_that_hangs_is_ended(engines: Runner, runtime: Runtime, code: str) -> None:
    run(engines, job(code, 1, runtime=runtime))
    with ThreadPoolExecutor(1) as pool:
        idle = set(engines.engines())
        looping = pool.submit(run, engines, job(code, "loop", 2, runtime=runtime, limits=Limits(timeout_s=0.3)))
        while not (taken := idle - set(engines.engines())):
            time.sleep(0.01)
        os.kill(pid := taken.pop(), signal.SIGSTOP)
        first, second = looping.result()
    assert (first.status, second.status) == ("timeout", "skipped")
    assert first.duration_ms >= 800
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert result(run(engines, job(code, 4, runtime=runtime))[0]) == 4


@LOOP
def test_engines_have_a_number(runtime: Runtime, code: str) -> None:
    of = Runner(Options(guests_folder(""), most_children=1, wait_s=0.05), ways())
    of.warm(runtime)
    given = job(code, "loop", runtime=runtime, limits=Limits(timeout_s=0.5))
    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(run, of, given)
        while of.engines():
            time.sleep(0.01)
        with pytest.raises(Unavailable):
            of.answer(given, ACCOUNT)
        assert holding.result()[0].status == "timeout"
    of.close()


def test_an_engine_of_one_language_makes_room_for_the_other() -> None:
    of = Runner(Options(guests_folder(""), most_children=1), ways())
    code: dict[Runtime, str] = {
        "python": "def handler(event, context):\n    return event\n",
        "javascript": "export default (event, context) => event;",
    }
    try:
        for number, runtime in enumerate((*RUNTIMES, RUNTIMES[0])):
            assert result(run(of, job(code[runtime], number, runtime=runtime))[0]) == number
            assert len(of.engines()) == 1
    finally:
        of.close()


def test_an_engine_that_has_worked_enough_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    of = Runner(Options(guests_folder(""), most_children=1), ways())
    try:
        of.warm("python")
        monkeypatch.setattr(children, "MOST_BUSY_S", 0.0)
        of.warm("python")
        assert of.engines() == []
    finally:
        of.close()


ORPHANED = """
from functions.code_runner.runner import Options, Runner, guests_folder
from tests.unit.code_runner.jobs import ACCOUNT, job, ways

runner = Runner(Options(guests_folder("")), ways())
runner.warm("python")
print(*runner.engines(), flush=True)
runner.answer(job("def handler(event, context):\\n    while True:\\n        pass\\n", 1), ACCOUNT)
"""


def test_an_engine_does_not_outlive_its_runner() -> None:
    """Not even in the middle of a call: there is nobody to whom it could say what came of it."""
    command = [sys.executable, "-c", ORPHANED]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[3]) as parent:
        assert parent.stdout is not None
        engine = int(parent.stdout.readline())
        parent.kill()
    for _ in range(300):
        if not _runs(engine):
            return
        time.sleep(0.1)
    raise AssertionError("the engine runs on")


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
