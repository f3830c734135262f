"""What a dispatcher makes of the sandbox's answer, in both homes."""

from __future__ import annotations

from cdp.code.job import Answer
from cdp.errors import Rejected


def accepted(answer: Answer) -> Answer:
    """The answer, or `Rejected` with the sandbox's reason not to run the job."""
    if answer.refused is not None:
        raise Rejected(answer.refused, status=503, code="sandbox_refused", title="The sandbox does not run.")
    return answer
