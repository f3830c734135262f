"""Which profiles a batch of messages touches, and which segments may change by it. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from cdp.documents.segments import Segment
from cdp.events import EventRecorded, MembershipsChanged, ProfilesChanged
from cdp.model.ids import profile_no

Touch = EventRecorded | MembershipsChanged | ProfilesChanged


class Touched:
    """Collects the messages of one account. A segment that is touched touches those that depend on it."""

    def __init__(self, account_id: str, segments: Sequence[Segment]) -> None:
        self._account_id = account_id
        self._every = frozenset(segment.id for segment in segments)
        self._by_group = _index((id_, segment) for segment in segments for id_ in segment.group_ids)
        self._by_metric = self._closed((id_, one) for one in segments for id_ in one.metric_ids)
        self._of_profile = self._with_dependents(
            one.id for one in segments if one.profile or one.object_type_ids
        )
        self.profiles: dict[int, frozenset[str]] = {}

    def add(self, message: Touch) -> None:
        if isinstance(message, EventRecorded):
            no = profile_no(self._account_id, message.profile_id)
            if no is not None:
                self._touch((no,), self._by_metric.get(message.metric_id, frozenset()))
        elif isinstance(message, ProfilesChanged):
            self._touch(message.created, self._every)
            self._touch(message.changed, self._of_profile)
        else:
            self._touch(message.profiles, self._with_dependents(self._by_group.get(message.group_id, ())))

    def _touch(self, numbers: Iterable[int], ids: frozenset[str]) -> None:
        if ids:
            for no in numbers:
                self.profiles[no] = self.profiles.get(no, frozenset()) | ids

    def _closed(self, pairs: Iterable[tuple[str, Segment]]) -> dict[str, frozenset[str]]:
        return {name: self._with_dependents(ids) for name, ids in _index(pairs).items()}

    def _with_dependents(self, ids: Iterable[str]) -> frozenset[str]:
        found: set[str] = set()
        ahead = list(ids)
        while ahead:
            id_ = ahead.pop()
            if id_ not in found:
                found.add(id_)
                ahead += self._by_group.get(id_, ())
        return frozenset(found)


def _index(pairs: Iterable[tuple[str, Segment]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for name, segment in pairs:
        found[name].add(segment.id)
    return dict(found)
