"""The attributes of a job resource (SPEC §1.9)."""

from __future__ import annotations

from datetime import datetime

from cdp.documents.jobs import Job
from cdp.jsonapi.documents import Json
from cdp.jsonapi.times import format_instant


def attributes(job: Job) -> Json:
    return {
        "status": job.status,
        "created_at": format_instant(job.created_at),
        "total_count": job.total_count,
        "completed_count": job.completed_count,
        "failed_count": job.failed_count,
        "started_at": _or_null(job.started_at),
        "completed_at": _or_null(job.completed_at),
        "expires_at": _or_null(job.expires_at),
    }


def _or_null(at: datetime | None) -> str | None:
    return None if at is None else format_instant(at)
