"""What reactions reach the world through: customers' functions, and mail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from cdp.code.job import Job, Outcome, Problem


class Runner(Protocol):
    """Runs customers' functions in the sandbox (functions/code_runner)."""

    def run(self, job: Job) -> list[Outcome]:
        """One outcome for each of the job's calls, in order. Nothing of an account is left for the next job.

        `Rejected`: the sandbox refuses to run at all, and why (it fails closed); `Unavailable`: no room for it now.
        """

    def check(self, job: Job) -> list[Problem]:
        """What is wrong with the job's code; nothing of it is called. Errors as of `run`."""


@dataclass(frozen=True, slots=True)
class Mail:
    """`id` is the message's own: the same mail handed over twice bears the same id."""

    id: str
    to: tuple[str, ...]
    subject: str
    text: str
    html: str | None = None


class Post(Protocol):
    """Where mail is handed over: SES on AWS, files in an outbox on one machine."""

    def send(self, mail: Mail) -> None:
        """Handed over for good on return; `Rejected` for an address that cannot be."""
