"""The sandbox alone, without queues: how long an engine takes to start, what a run costs, how many a second.

python -m benchmarks.function_engines [--rounds N]

A run is one job with one call of a function that returns part of its event: code sent over, a fresh instance, loaded,
called. The floor is a process of native Python that does the same once, which is what isolation would cost without
WebAssembly.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import msgspec

from cdp import connect
from cdp.code.job import Answer, Call, Job, Limits, Runtime
from functions.code_runner.egress import Ways
from functions.code_runner.runner import Options, Runner, guests_folder

CODE: dict[Runtime, str] = {
    "python": "def handler(event, context):\n    return {'total': event['total'], 'id': event['id']}\n",
    "javascript": "export default async function handler(event, context) { return { total: event.total, id: event.id }; }\n",
}
NATIVE = "import json, sys\nns = {}\nexec(sys.argv[1], ns)\nprint(json.dumps(ns['handler'](json.loads(sys.argv[2]), {})))"
EVENT = msgspec.json.encode({"total": 12.5, "id": "4T8A2L", "items": [{"sku": f"SKU-{n}", "price": n} for n in range(20)]})
BATCH = 100


class Took(NamedTuple):
    """Milliseconds."""

    median: float
    p95: float

    def __str__(self) -> str:
        return f"{self.median:8.1f} ms {self.p95:8.1f} ms"


def job(runtime: Runtime, calls: int = 1) -> Job:
    asked = tuple(Call(str(number), msgspec.Raw(EVENT), msgspec.Raw(b"{}")) for number in range(calls))
    return Job("AcCt01", "fn0001", 1, runtime, CODE[runtime], {}, asked, Limits())


def runner(children: int = 1, *, kernel_layers: bool = True) -> Runner:
    options = Options(guests_folder(""), kernel_layers=kernel_layers, most_children=children)
    return Runner(options, Ways(connect.outbound(allow_loopback=False), connect.outbound(allow_loopback=True)))


def run(of: Runner, given: Job) -> Answer:
    answer = of.answer(given, given.account_id)
    if answer.refused or {outcome.status for outcome in answer.outcomes} != {"ok"}:
        raise SystemExit(f"no such run: {answer}")
    return answer


def cold(runtime: Runtime, rounds: int) -> tuple[Took, Took]:
    """From nothing to the first answer: the first engine of a process, and the ones after it."""
    first: list[float] = []
    further: list[float] = []
    for _ in range(rounds):
        of = runner()
        for took in (first, further):
            began = time.perf_counter()
            run(of, job(runtime))
            took.append(time.perf_counter() - began)
            of.close()
    return _took(first), _took(further)


def warm(runtime: Runtime, rounds: int) -> Took:
    of = runner()
    took = []
    run(of, job(runtime))
    for _ in range(rounds):
        began = time.perf_counter()
        run(of, job(runtime))
        took.append(time.perf_counter() - began)
    of.close()
    return _took(took)


def native(rounds: int) -> Took:
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        command = [sys.executable, "-I", "-S", "-c", NATIVE, CODE["python"], EVENT.decode()]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={})
        took.append(time.perf_counter() - began)
    return _took(took)


def rate(runtime: Runtime, children: int, calls: int, seconds: float) -> float:
    """Calls a second with so many engines at work."""
    of = runner(children)
    given = job(runtime, calls)
    with ThreadPoolExecutor(children) as pool:
        list(pool.map(lambda _: run(of, given), range(children)))
        until = time.perf_counter() + seconds

        def work(_: int) -> int:
            done = 0
            while time.perf_counter() < until:
                done += len(run(of, given).outcomes)
            return done

        began = time.perf_counter()
        total = sum(pool.map(work, range(children)))
        took = time.perf_counter() - began
    of.close()
    return total / took


def memory(runtime: Runtime, runs: int) -> tuple[float, float]:
    """MB of an idle engine that are its own, and all that it has in memory, after so many runs."""
    of = runner()
    for _ in range(runs):
        run(of, job(runtime))
    (pid,) = of.engines()
    found = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    of.close()
    return int(found["RssAnon"].split()[0]) / 1024, int(found["VmRSS"].split()[0]) / 1024


def _took(seconds: list[float]) -> Took:
    ordered = sorted(1000 * second for second in seconds)
    return Took(statistics.median(ordered), ordered[int(0.95 * (len(ordered) - 1))])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    print(f"{'':44} {'median':>11} {'p95':>11}")
    print(f"{'floor: a process of native Python':44} {native(rounds)}")
    for runtime in CODE:
        first, further = cold(runtime, rounds)
        print(f"{f'{runtime}: first engine, self-test included':44} {first}")
        print(f"{f'{runtime}: a further engine':44} {further}")
        print(f"{f'{runtime}: warm run':44} {warm(runtime, 50 * rounds)}")
        for children in (1, 2):
            alone, batched = rate(runtime, children, 1, 3), rate(runtime, children, BATCH, 3)
            engines = "1 engine" if children == 1 else f"{children} engines"
            print(f"{runtime}, {engines}: {alone:,.0f} calls/s one a job, {batched:,.0f} calls/s {BATCH} a job")
        own, seen = memory(runtime, 500)
        print(f"{runtime}: {own:.0f} MB an idle engine's own after 500 runs, {seen:.0f} MB with what engines share")


if __name__ == "__main__":
    main()
