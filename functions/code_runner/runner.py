"""The sandbox's way in: a job is looked at, given an engine child of its own, and answered.

It fails closed. A job is refused, with the reason, when it is not said whose it is, when it is larger than jobs are, when
the guests are not those that were built, and when an engine does not hold what it should.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cdp.code.job import MOST_CALLS, Answer, Job, Runtime
from cdp.errors import Unavailable
from functions.code_runner import children, selftest
from functions.code_runner.children import Child, Gone, Late, Pool
from functions.code_runner.egress import Ways
from functions.code_runner.sandbox.artefacts import Unfit, verified
from functions.code_runner.session import Session

log = logging.getLogger("regulars.code_runner")

MOST_TIMEOUT_S, MOST_MEMORY_MB = 15.0, 256
MOST_CODE = 2**20
MOST_PAIRS, MOST_PAIR = 64, 5 * 1024 + 256  # a value and its name
MOST_CALL = 2 * 2**20  # bytes of an event with its profile, and its context
_TOP = {"result_bytes": 1_000_000, "log_bytes": 64 * 1024, "line_bytes": 4 * 1024, "requests": 50, "answer_bytes": 5_000_000}


class Refused(Exception):
    """The sandbox does not run this, and why."""


@dataclass(frozen=True)
class Options:
    """`guests`: folder of the compiled guests. `kernel_layers`, `most_children`, `job_s`: see settings."""

    guests: Path
    kernel_layers: bool = True
    most_children: int = 8
    job_s: float = 600.0
    wait_s: float = 5.0  # for an engine, when all are busy
    environment: Mapping[str, str] = field(default_factory=dict)  # of the child; it forgets even that
    command: Sequence[str] | None = None  # of the child; None: the engine


class Runner:
    """Several threads may hand it jobs."""

    def __init__(self, options: Options, ways: Ways) -> None:
        self._options, self._ways = options, ways
        self._pool = Pool(self._start, options.most_children, wait_s=options.wait_s)
        self._verified: dict[Runtime, tuple[int, ...] | None] = {}

    def answer(self, job: Job, tenant: str | None) -> Answer:
        """`tenant`: whose job the caller was let in with. `Unavailable`: no engine is free, or starts in time."""
        began = time.monotonic()
        try:
            _admit(job, tenant)
            with self._pool.child(job.runtime) as child:
                session = Session(child, job, self._ways)
                if not job.calls:
                    return Answer(problems=tuple(session.check()))
                return Answer(outcomes=tuple(session.run(began + self._options.job_s)))
        except Refused as refused:
            log.warning("refused: %s", refused)
            return Answer(refused=str(refused))

    def warm(self, runtime: Runtime) -> None:
        """Have an engine ready; `Refused` if there cannot be one."""
        with self._pool.child(runtime):
            pass

    def engines(self) -> list[int]:
        """Process ids of the engines that are idle."""
        return self._pool.idle()

    def close(self) -> None:
        """End the engines that are idle."""
        self._pool.close()

    def _start(self, runtime: Runtime) -> Child:
        """A child that has passed its self-test. The guest is verified while it starts; it opens it afterwards."""
        until = time.monotonic() + children.START_S
        try:
            child = Child(runtime, self._options.command or children.command(), self._options.environment)
        except OSError as error:
            raise Refused(_reason(error)) from error
        try:
            head = {"guest": str(self._guest(runtime)), "kernel_layers": self._options.kernel_layers}
            child.send("start", head, until=until)
            ready = child.receive(until)
            if ready.kind != "done" or ready.head.get("ended") != "returned":
                raise Gone("the engine did not say that it is ready")
            selftest.check(child, self._ways)
        except Late as late:
            child.end()
            raise Unavailable("An engine of the sandbox did not start in time.") from late
        except (Unfit, Gone, selftest.Failed, OSError) as error:
            child.end()
            raise Refused(_reason(error)) from error
        except BaseException:
            child.end()
            raise
        log.info("engine %d is ready; beside its own limits: %s", child.pid, ready.head.get("message") or "nothing")
        return child

    def _guest(self, runtime: Runtime) -> Path:
        """The compiled guest, if it is the one that was built: hashed once, and again when the file is another."""
        path = self._options.guests / f"{runtime}.cwasm"
        state = _state(path)  # from before the hash: a file exchanged meanwhile is hashed again
        if state is None or self._verified.get(runtime) != state:
            path = verified(self._options.guests, runtime)
            self._verified[runtime] = state
        return path


def _state(path: Path) -> tuple[int, ...] | None:
    """What changes when the file does."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _reason(error: Exception) -> str:
    if isinstance(error, selftest.Failed):
        return f"The sandbox does not run: its self-test failed. {error}"
    return f"The sandbox does not run: {error}"


def _admit(job: Job, tenant: str | None) -> None:
    if not tenant:
        raise Refused("The sandbox was called without a tenant: it runs code only for an account that it is told of.")
    if tenant != job.account_id:
        raise Refused("The sandbox was called for another tenant than the job's account.")
    limits = job.limits
    if not 0 < limits.timeout_s <= MOST_TIMEOUT_S or not 0 < limits.memory_mb <= MOST_MEMORY_MB:
        raise Refused(f"A call has at most {MOST_TIMEOUT_S:g} s and {MOST_MEMORY_MB} MB.")
    if over := [name for name, most in _TOP.items() if not 0 <= getattr(limits, name) <= most]:
        raise Refused(f"The job's {over[0]} is out of bounds.")
    if len(job.code.encode(errors="replace")) > MOST_CODE:
        raise Refused(f"The code of a function has at most {MOST_CODE} bytes.")
    if len(job.calls) > MOST_CALLS:
        raise Refused(f"A job has at most {MOST_CALLS} calls.")
    if any(len(call.event) + len(call.context) > MOST_CALL for call in job.calls):
        raise Refused(f"A call's event and context have at most {MOST_CALL} bytes.")
    pairs = job.environment
    if len(pairs) > MOST_PAIRS or any(len(name) + len(value) > MOST_PAIR for name, value in pairs.items()):
        raise Refused(f"A function has at most {MOST_PAIRS} environment variables of at most 5 KB.")


def guests_folder(said: str) -> Path:
    """Where the compiled guests are: as said, or where `make guests` leaves them, in the project or beside the package."""
    if said:
        return Path(said)
    root = Path(__file__).parents[2]
    return next((folder for folder in (root / ".build" / "guests", root / "guests") if folder.is_dir()), root / ".build" / "guests")
