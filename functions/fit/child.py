"""A process that fits and nothing else:

    python -m functions.fit.child < work > outcomes

It sets its own limits, because they must hold inside compiled code, too: the kernel ends it.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import traceback

import msgspec

from cdp.clv.statistics import unpack_purchases, unpack_spend
from functions.fit.tasks import FitPurchases, Outcome, Task, Work


def main() -> None:
    work = msgspec.json.decode(sys.stdin.buffer.read(), type=Work)
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # lifetimes prints what did not converge
    _bound(work.memory_mb)
    for task in work.tasks:
        signal.alarm(work.limit_s)
        outcome = attempt(task)
        signal.alarm(0)
        answers.write(msgspec.json.encode(outcome) + b"\n")


def _bound(memory_mb: int) -> None:
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (memory_mb * 2**20, memory_mb * 2**20))


def attempt(task: Task) -> Outcome:
    from functions.fit import fitting  # under the limits already

    try:
        if isinstance(task, FitPurchases):
            return Outcome(purchases=fitting.purchases(unpack_purchases(task.rows), task.model))
        return Outcome(spend=fitting.spend(unpack_spend(task.rows)))
    except fitting.Unfit as error:
        return Outcome(failed=str(error))
    except MemoryError:
        return Outcome(failed="The fit needed more memory than it may have.")
    except Exception as error:
        traceback.print_exc()
        return Outcome(failed=f"The fit broke off with {type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
