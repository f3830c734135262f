"""Code is looked at in the sandbox before it is kept: nobody outside it reads what may be hostile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from cdp.code.job import Job, Problem
from cdp.documents.code_functions import Function
from cdp.errors import Rejected
from cdp.ports import Runner
from functions.code.bodies import CODE
from functions.code.turns import TooMany

_MOST_TOLD = 5


@dataclass(frozen=True)
class Inspector:
    runner: Runner

    def check(self, account_id: str, one: Function, code: str) -> None:
        """`Rejected` if the code cannot run, with its line."""
        job = Job(account_id, one.id, one.newest + 1, one.runtime, code, {}, ())
        try:
            problems = self.runner.check(job)
        except Rejected as error:
            raise refused(error) from error
        if problems:
            raise Rejected(_told(problems), field=CODE, meta={"problems": msgspec.to_builtins(problems)})


def refused(error: Rejected) -> Rejected:
    """503: the sandbox runs nothing at all until what it says is put right."""
    if isinstance(error, TooMany):
        return error
    return Rejected(error.message, status=503, code="service_unavailable", title="Service unavailable.")


def _told(problems: Sequence[Problem]) -> str:
    told = [one.message if one.line is None else f"Line {one.line}: {one.message}" for one in problems[:_MOST_TOLD]]
    more = len(problems) - len(told)
    return " ".join(told) + (f" And {more} more." if more else "")
