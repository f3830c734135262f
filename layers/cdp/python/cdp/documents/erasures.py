"""Privacy deletions on their way: which job waits for which profile to vanish from the lake (SPEC §2.2).

`begin` writes the job with one item per profile; `finish` takes the items of profiles that no table bears any
more, and completes the jobs that wait for nobody else. Neither holds anything of the person but the number.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from cdp.documents import jobs
from cdp.documents.jobs import Job
from cdp.ports import Delete, Item, ItemQuery, Key, Put, Table

KIND = "data-privacy-deletion-job"
_PAGE = 1000


def begin(table: Table, account_id: str, job: Job, numbers: Iterable[int]) -> None:
    """Let the job wait for these profiles; a job that waits for nobody is complete."""
    keys = [Key(_partition(account_id), f"{no:010d}#{job.id}") for no in dict.fromkeys(numbers)]
    table.write([[Put(Item(key, b"{}"))] for key in keys])
    jobs.save(table, account_id, job if keys else replace(job, status="complete", completed_at=job.created_at))


def also(table: Table, account_id: str, job_id: str, numbers: Iterable[int]) -> None:
    """Let the job wait for further profiles: the ones that its people were merged into meanwhile."""
    table.write([[Put(Item(Key(_partition(account_id), f"{no:010d}#{job_id}"), b"{}"))] for no in numbers])


def waiting(table: Table, account_id: str) -> dict[str, set[int]]:
    """Job id -> numbers of the profiles that are still somewhere."""
    found: dict[str, set[int]] = {}
    query = ItemQuery(_partition(account_id), limit=_PAGE)
    while page := table.query(query):
        for item in page:
            no, _, job_id = item.key.sk.partition("#")
            found.setdefault(job_id, set()).add(int(no))
        query = ItemQuery(query.partition, limit=_PAGE, after=(page[-1].key.sk, *page[-1].key))
    return found


def finish(table: Table, account_id: str, numbers: Iterable[int], now: datetime) -> list[str]:
    """No row bears these numbers any more; the jobs that are complete by it. Safe to repeat."""
    gone = set(numbers)
    finished = []
    for job_id, left in waiting(table, account_id).items():
        done = left & gone
        if done == left and (job := jobs.get(table, account_id, KIND, job_id)) is not None:
            complete = replace(job, status="complete", completed_count=job.total_count, completed_at=now)
            jobs.save(table, account_id, complete)
            finished.append(job_id)
        table.write([[Delete(Key(_partition(account_id), f"{no:010d}#{job_id}"))] for no in sorted(done)])
    return finished


def _partition(account_id: str) -> str:
    return f"{account_id}#erasures"
