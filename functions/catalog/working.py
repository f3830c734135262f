"""The inbox: bulk jobs row by row, and the links of large categories that were deleted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from msgspec.structs import replace

from cdp.documents import jobs
from cdp.documents.catalog import CatalogCategory
from cdp.documents.catalog_things import Thing
from cdp.documents.jobs import Job, RowError
from cdp.entry import utc_now
from cdp.errors import Rejected, Unavailable
from cdp.events import CatalogJobAccepted, CatalogLinksDue
from cdp.inbox import Received
from cdp.ports import Queue, Table
from functions.catalog.kinds import Kind
from functions.catalog.operations import Run
from functions.catalog.spec import ACTIONS, job_type
from functions.catalog.steps import Step, When
from functions.catalog.writing import forget_links

T = TypeVar("T", bound=Thing)


@dataclass(frozen=True)
class Bulk(Generic[T]):
    """How the rows of a kind are taken; `gone` is told what was deleted."""

    kind: Kind[T]
    table: Table
    run: Run[T]
    gone: Callable[[str, T], None]

    def begun(self, account_id: str, action: str, job: Job, message: CatalogJobAccepted) -> Job:
        """The job as it is kept while it is worked off: one that deletes names what there was to delete, so that a
        second try knows what the first one did."""
        if action != "delete" or job.status == "processing":
            return job
        steps = self._steps(message, action, job, again=False)
        return replace(job, things=tuple(one.external_id for one in self._stored(account_id, steps)))

    def work(self, account_id: str, action: str, job: Job, message: CatalogJobAccepted, *, again: bool) -> Job:
        """The job with what became of it. `again`: it was begun before."""
        steps = self._steps(message, action, job, again=again)
        before = self._stored(account_id, steps) if action == "delete" else []
        outcomes = self.run(account_id, steps)
        for thing in before:
            self.gone(account_id, thing)
        failed = [(step, one) for step, one in zip(steps, outcomes, strict=True) if isinstance(one, Rejected)]
        bad = {step.at for step, _ in failed}
        return replace(
            job,
            completed_count=len(steps) - len(failed),
            failed_count=len(failed),
            errors=tuple(RowError(e.code, e.title, e.message, e.field or step.at) for step, e in failed),
            things=tuple(dict.fromkeys(step.id for step in steps if step.at not in bad)),
        )

    def _steps(self, message: CatalogJobAccepted, action: str, job: Job, *, again: bool) -> list[Step[T]]:
        """Of two rows that make or delete the same thing only the first can have been taken before."""
        taken: set[str] = set()
        steps = []
        for n, row in enumerate(self.kind.jobs[action](message.body)):
            at = f"/data/attributes/{self.kind.collection}/data/{n}"
            step = row.step(at, When(job.created_at))
            if again and step.id not in taken and (action != "delete" or step.id in job.things):
                step = row.step(at, When(job.created_at, again=True))
            taken.add(step.id)
            steps.append(step)
        return steps

    def _stored(self, account_id: str, steps: Sequence[Step[T]]) -> list[T]:
        found = self.kind.things.get_many(self.table, account_id, list({step.id: step for step in steps}))
        return [one.thing for one in found if one is not None]


@dataclass(frozen=True)
class Worker:
    table: Table
    queue: Queue
    bulks: Mapping[str, Bulk[Any]]  # by the name of the kind
    clock: Callable[[], datetime] = utc_now

    def process(self, received: Sequence[Received]) -> None:
        """Work off all messages; safe to repeat."""
        for one in received:
            match one.message:
                case CatalogJobAccepted() as message:
                    self._job(message)
                case CatalogLinksDue() as due:
                    created = datetime.fromisoformat(due.created)
                    gone = CatalogCategory(due.category_id, "", created, created)
                    forget_links(self.table, self.queue, due.account_id, gone)
                case other:
                    raise Rejected(f"{type(other).__name__} is no message for this room")

    def _job(self, message: CatalogJobAccepted) -> None:
        account_id = message.account_id
        job = jobs.get(self.table, account_id, message.kind, message.job_id) or Job(
            message.job_id, message.kind, datetime.fromisoformat(message.received_at)
        )
        if job.status == "complete":
            return
        kind, action = _KINDS[message.kind]
        bulk, again = self.bulks[kind], job.status == "processing"
        begun = bulk.begun(account_id, action, job, message)
        started = replace(begun, status="processing", started_at=self.clock())
        jobs.save(self.table, account_id, started)
        try:
            worked = bulk.work(account_id, action, started, message, again=again)
        except Unavailable:
            raise
        except Exception:
            jobs.save(self.table, account_id, replace(started, status="cancelled", completed_at=self.clock()))
            raise
        jobs.save(self.table, account_id, replace(worked, status="complete", completed_at=self.clock()))


_KINDS = {job_type(kind, action): (kind, action) for kind in ("item", "variant", "category") for action in ACTIONS}
