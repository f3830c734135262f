"""Makes, changes and deletes segments, and sees to it that what follows is done (SPEC §4.1).

A new definition is passed over at once, and once more a minute later: a batch of events that was being recorded
while the segment began to listen was announced to nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from msgspec import UnsetType

from cdp import events
from cdp.documents import daily, segments, tags
from cdp.documents.segments import SEGMENTS, Segment
from cdp.errors import Unavailable, not_found
from cdp.events import SegmentDue
from cdp.jsonapi.bodies import ATTRIBUTES, checked_name
from cdp.jsonapi.front import Request
from cdp.ports import Queue, Table
from functions.audiences import definition as definitions
from functions.audiences import listening, references
from functions.audiences.bodies import given, new_segment, segment_change

SETTLED_S = 60
A_DAY = 100
_ATTEMPTS = 5
_POINTER = f"{ATTRIBUTES}/definition"


@dataclass(frozen=True)
class Writer:
    """`factor` multiplies the limit of a day; 0 switches it off."""

    table: Table
    queue: Queue
    factor: int

    def create(self, request: Request) -> Segment:
        body = new_segment.read(request).attributes
        return self.make(request, body.name, body.definition, starred=given(body.is_starred, False))

    def make(self, request: Request, name: str, definition: msgspec.Raw, *, starred: bool) -> Segment:
        """A new segment, whoever describes it."""
        now = request.now
        new = Segment(segments.new_id(), checked_name(name), now, now, definition, generation=0, is_starred=starred)
        made = _defined(new, definition)
        self._count(request)
        self._save(request.account_id, made, 0)
        return made

    def update(self, request: Request) -> Segment:
        """A new definition starts from `is_processing`; so does one that is switched on again."""
        body, id_ = segment_change.read(request).attributes, request.path["id"]
        self._count(request)
        for _ in range(_ATTEMPTS):
            stored = SEGMENTS.get(self.table, request.account_id, id_)
            if stored is None:
                raise not_found("segment", id_)
            old = stored.thing
            new = msgspec.structs.replace(
                old,
                name=checked_name(body.name) if isinstance(body.name, str) else old.name,
                is_starred=given(body.is_starred, old.is_starred),
                is_active=given(body.is_active, old.is_active),
                updated=max(request.now, old.updated),
            )
            if not isinstance(body.definition, UnsetType):
                new = _defined(new, body.definition)
            elif new.is_active and not old.is_active:
                new = msgspec.structs.replace(new, is_processing=True)
            if self._try_save(request.account_id, new, stored.version, old):
                return new
        raise Unavailable(f"segment {id_} is being changed by others at the same moment")

    def delete(self, request: Request) -> None:
        """Its members leave in the background."""
        account_id, id_ = request.account_id, request.path["id"]
        while (segment := segments.get(self.table, account_id, id_)) is not None:
            if segments.remove(self.table, account_id, id_):
                listening.stop(self.table, account_id, segment)
                tags.forget(self.table, account_id, "segment", id_)
                self._pass(account_id, id_)
                return
        raise not_found("segment", id_)

    def _count(self, request: Request) -> None:
        daily.count(
            self.table, request.account_id, "segments", request.now, int(A_DAY * self.factor)
        )

    def _save(self, account_id: str, segment: Segment, version: int) -> None:
        for _ in range(_ATTEMPTS):
            if self._try_save(account_id, segment, version, None):
                return
        raise Unavailable("segments are being changed by others at the same moment")

    def _try_save(self, account_id: str, new: Segment, version: int, old: Segment | None) -> bool:
        """Listening begins before the write and what is no longer needed ends after it: no change is missed."""
        redefined = old is None or new.generation != old.generation
        graph = segments.graph(self.table, account_id) if redefined else None
        if redefined:
            self._check(account_id, new)
        if redefined or new.is_active:
            listening.start(self.table, account_id, new)
        if not segments.save(self.table, account_id, new, version, graph=graph):
            return False
        if old is not None:
            listening.stop(self.table, account_id, old, keep=new if new.is_active else None)
        if new.is_active and (old is None or redefined or not old.is_active):
            self._pass(account_id, new.id)
        return True

    def _check(self, account_id: str, segment: Segment) -> None:
        others: Mapping[str, Segment] = {one.id: one for one in segments.all_of(self.table, account_id)}
        found = references.find(segment.definition, _POINTER)
        references.check(self.table, account_id, segment.id, found, others)

    def _pass(self, account_id: str, segment_id: str) -> None:
        message = [events.encode(SegmentDue(account_id, segment_id))]
        self.queue.send(message)
        self.queue.send(message, delay_s=SETTLED_S)


def _defined(segment: Segment, raw: msgspec.Raw) -> Segment:
    """The segment with this definition; one that is wrong is `Rejected`."""
    needs = definitions.parse(raw, _POINTER)
    depends = needs.dependencies
    return msgspec.structs.replace(
        segment,
        definition=msgspec.Raw(bytes(raw)),
        generation=segment.generation + 1,
        is_processing=True,
        metric_ids=tuple(sorted(depends.metric_ids)),
        group_ids=tuple(sorted(depends.group_ids)),
        object_type_ids=tuple(sorted(depends.object_type_ids)),
        profile=depends.profile,
        relative=needs.relative,
    )
