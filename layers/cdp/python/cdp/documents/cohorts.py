"""Cohort analyses that an account keeps (SPEC §10)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from cdp.documents.named import Collection
from cdp.ports import Table


class Cohort(msgspec.Struct, frozen=True):
    """`definition` is JSON as it was sent and checked (functions/reports/kinds/cohort.py). Times are UTC."""

    id: str
    name: str
    description: str
    created: datetime
    updated: datetime
    definition: dict[str, Any]


COHORTS: Collection[Cohort] = Collection("cohorts", Cohort)


def all_of(table: Table, account_id: str) -> list[Cohort]:
    """Every cohort analysis of the account, by id."""
    return [stored.thing for stored in COHORTS.all(table, account_id)]
