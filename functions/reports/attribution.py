"""Conversions and the messages they are owed to, under the account's settings of today (SPEC §21).

The one place where reports join what they count with `cdp.attribution`. A kind that uses it names `attribution` in
its `needs`.
"""

from __future__ import annotations

from datetime import datetime

from cdp.attribution import messages
from cdp.attribution.attribution import WHOLE as WHOLE
from cdp.attribution.attribution import attributed
from cdp.attribution.touches import touches
from cdp.query.counted import Counted, occurrences
from cdp.query.sql import Query
from functions.reports.report import Scope


def touches_of(conversions: Query, start: datetime, end: datetime, scope: Scope) -> Query:
    """What conversions in [start, end) may be credited to, as `cdp.attribution.touches.touches` has it: a conversion
    is attributed if one of its profile's touches is at or before it and has not expired. They are read more than
    once: let them be `SELECT … FROM x`, where x is an earlier table of the query that this becomes a part of."""
    known, visits = messages.numbers(scope.metrics), messages.visits(scope.metrics)
    return touches(known, visits, scope.attribution, start, end, conversions)


def credits_of(conversions: Query, start: datetime, end: datetime, scope: Scope) -> Query:
    """One row for each message that a conversion is credited to, as `cdp.attribution.attribution.attributed` has
    it: a conversion's weights add up to `WHOLE`, its units are split exactly. `conversions` lie in [start, end) and
    have `profile_no`, `occurred_at`, `event_id`, `units`; see `touches_of` on what they should be."""
    return attributed(conversions, touches_of(conversions, start, end, scope), scope.attribution)


def credited(counted: Counted, start: datetime, end: datetime, scope: Scope) -> Query:
    """`credits_of` all events in [start, end) that count."""
    return credits_of(occurrences(counted, start, end, scope), start, end, scope)
