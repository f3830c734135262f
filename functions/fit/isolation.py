"""Fits in child processes: a crash, a hang or too much memory costs the fit that caused it, and no other."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from functions.fit.tasks import Outcome, Task, Work

log = logging.getLogger("regulars.fit")

CHILD = (sys.executable, "-P", "-m", "functions.fit.child")
_START_S = 60  # to import what fits, on a busy machine


class Limits(NamedTuple):
    seconds: int
    memory_mb: int


def run(
    tasks: Sequence[Task], limits: Limits, environment: Mapping[str, str], command: Sequence[str] = CHILD
) -> list[Outcome]:
    """An outcome for every task, in their order. When a child dies the task it was at has failed, and a new child
    takes the rest."""
    outcomes: list[Outcome] = []
    while len(outcomes) < len(tasks):
        work = Work(list(tasks[len(outcomes) :]), limits.seconds, limits.memory_mb)
        found, reason = _child(work, environment, command)
        outcomes += found
        if len(outcomes) < len(tasks):
            outcomes.append(Outcome(failed=reason))
    return outcomes


def _child(work: Work, environment: Mapping[str, str], command: Sequence[str]) -> tuple[list[Outcome], str]:
    """What one child gave, and why it gave no more."""
    bound_s = _START_S + (work.limit_s + 1) * len(work.tasks)
    try:
        done = subprocess.run(  # noqa: S603
            command, input=msgspec.json.encode(work), capture_output=True, timeout=bound_s,
            env=_environment(environment), check=False,
        )  # fmt: skip
        said, errors, reason = done.stdout, done.stderr, _reason(done.returncode, work.limit_s)
    except subprocess.TimeoutExpired as late:
        said, errors, reason = late.stdout or b"", late.stderr or b"", f"The fit took longer than {work.limit_s} s."
    found = [msgspec.json.decode(line, type=Outcome) for line in said.split(b"\n")[:-1]]
    failed = [outcome.failed for outcome in found if outcome.failed]
    if failed or len(found) < len(work.tasks):
        log.warning("a fit failed: %s %s", "; ".join(failed or [reason]), errors.decode(errors="replace")[-4000:])
    return found, reason


def _environment(given: Mapping[str, str]) -> dict[str, str]:
    """One thread: more gain nothing on rows of this size, and their sums would depend on the machine."""
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {**given, **threads, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONDONTWRITEBYTECODE": "1"}


def _reason(code: int, limit_s: int) -> str:
    if code == -signal.SIGALRM:
        return f"The fit took longer than {limit_s} s."
    if code < 0:
        return f"The process of the fit was ended by {signal.Signals(-code).name}."
    return f"The process of the fit ended without an answer (exit code {code})."
