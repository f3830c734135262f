"""Privacy deletion: a person vanishes from the documents (SPEC §2.2). Every step can be repeated after a crash.

The rows in the lake, and changes on their way there, are the work of the room `rewrite`, which completes the
job once no table bears the number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from cdp import dead_letters, events
from cdp.documents import (
    erasures,
    function_letters,
    function_runs,
    imports,
    jobs,
    memberships,
    merges,
    profile_ends,
    profiles,
    push_tokens,
    records,
    webhook_backlog,
    webhooks,
)
from cdp.events import ErasureAccepted, RewriteDue
from cdp.model.ids import profile_id
from cdp.ports import Queue, Table

_ATTEMPTS = 40


@dataclass(frozen=True)
class Eraser:
    table: Table
    rewrite_queue: Queue
    inboxes: Sequence[Queue]  # whose dead letters may name the person
    clock: Callable[[], datetime]

    def erase(self, message: ErasureAccepted) -> None:
        """Those who were merged into others meanwhile are the others now."""
        account_id = message.account_id
        self._start(message)
        for no in message.profiles:
            self._erase(account_id, message.job_id, no)
        merges.announce(self.table, account_id)
        self.rewrite_queue.send([events.encode(RewriteDue(account_id))])

    def _start(self, message: ErasureAccepted) -> None:
        job = jobs.get(self.table, message.account_id, erasures.KIND, message.job_id)
        if job is not None and job.status == "queued":
            now = self.clock()
            jobs.save(self.table, message.account_id, replace(job, status="processing", started_at=now))

    def _erase(self, account_id: str, job_id: str, no: int) -> None:
        heir = self._remove(account_id, no)
        memberships.remove_all(self.table, account_id, no)
        records.erase(self.table, account_id, no)
        push_tokens.erase(self.table, account_id, no)
        function_letters.forget(self.table, account_id, profile_id(account_id, no))
        function_runs.forget(self.table, account_id, profile_id(account_id, no))
        for webhook in webhooks.all_of(self.table, account_id):
            webhook_backlog.forget(self.table, account_id, webhook.id, profile_id(account_id, no))
        if heir not in (None, merges.ERASED):
            erasures.also(self.table, account_id, job_id, [heir])
            self._erase(account_id, job_id, heir)

    def _remove(self, account_id: str, no: int) -> int | None:
        """The profile, and what stands under its identifiers, which are known as long as it is there. Gives
        the profile's successor if it had one."""
        for _ in range(_ATTEMPTS):
            state = profiles.get_many(self.table, account_id, [no])[0]
            if state is None:
                return merges.successors(self.table, account_id, [no]).get(no)
            names = [*state.claimed, ("id", profile_id(account_id, no))]
            imports.forget(self.table, account_id, names)
            for queue in self.inboxes:
                dead_letters.forget(queue, account_id, names)
            records.erase_waiting(self.table, account_id, state.claimed)
            if profile_ends.erase(self.table, account_id, state):
                return None
        raise profiles.CONTENDED
