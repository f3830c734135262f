"""What a segment wants to be told of (documents.listeners): its metrics' events, and changes of profiles.

Every segment listens to profiles: a new one may match without having done anything.
"""

from __future__ import annotations

from cdp.documents import listeners
from cdp.documents.listeners import PROFILES
from cdp.documents.segments import Segment
from cdp.ports import Table


def start(table: Table, account_id: str, segment: Segment) -> None:
    for topic in _topics(segment):
        listeners.add(table, account_id, topic, _consumer(segment))


def stop(table: Table, account_id: str, segment: Segment, keep: Segment | None = None) -> None:
    """No longer what only the old segment wanted, if `keep` is what it has become."""
    for topic in _topics(segment) - (_topics(keep) if keep else set()):
        listeners.remove(table, account_id, topic, _consumer(segment))


def _topics(segment: Segment) -> set[str]:
    return {PROFILES, *segment.metric_ids}


def _consumer(segment: Segment) -> str:
    return f"segment:{segment.id}"
