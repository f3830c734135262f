"""Which segments a message may change."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from cdp.documents.segments import Segment
from cdp.events import EventRecorded, MembershipsChanged, ProfilesChanged
from cdp.model.ids import profile_id
from functions.audiences.touching import Touched

ACCOUNT = "ABC234"
NOW = datetime(2026, 7, 1, tzinfo=UTC)


def segment(
    id_: str, *, metrics: tuple[str, ...] = (), groups: tuple[str, ...] = (), profile: bool = False
) -> Segment:
    nothing = msgspec.Raw(b"{}")
    return Segment(id_, id_, NOW, NOW, nothing, metric_ids=metrics, group_ids=groups, profile=profile)


def event(metric_id: str, no: int) -> EventRecorded:
    who = profile_id(ACCOUNT, no)
    return EventRecorded(ACCOUNT, "e", metric_id, "Name", who, "", "", None, msgspec.Raw(b"{}"))


SEGMENTS = (
    segment("orders", metrics=("PLACED",)),
    segment("both", metrics=("PLACED", "VIEWED")),
    segment("name", profile=True),
    segment("insiders", groups=("both", "LIST")),
    segment("outer", groups=("insiders",)),
)


def test_an_event_touches_the_segments_of_its_metric_and_their_dependents() -> None:
    touched = Touched(ACCOUNT, SEGMENTS)
    touched.add(event("VIEWED", 1))
    touched.add(event("PLACED", 2))
    touched.add(event("OTHER", 3))
    assert touched.profiles == {
        1: {"both", "insiders", "outer"},
        2: {"orders", "both", "insiders", "outer"},
    }


def test_a_new_profile_touches_everything_a_changed_one_what_looks_at_profiles() -> None:
    touched = Touched(ACCOUNT, SEGMENTS)
    touched.add(ProfilesChanged(ACCOUNT, created=(1,), changed=(2,)))
    assert touched.profiles == {1: {one.id for one in SEGMENTS}, 2: {"name"}}


def test_a_membership_touches_those_that_depend_on_the_group() -> None:
    touched = Touched(ACCOUNT, SEGMENTS)
    touched.add(MembershipsChanged(ACCOUNT, "LIST", True, (1, 2), NOW.isoformat()))
    touched.add(MembershipsChanged(ACCOUNT, "outer", True, (3,), NOW.isoformat()))
    assert touched.profiles == {1: {"insiders", "outer"}, 2: {"insiders", "outer"}}


def test_messages_add_up() -> None:
    touched = Touched(ACCOUNT, SEGMENTS)
    touched.add(ProfilesChanged(ACCOUNT, changed=(1,)))
    touched.add(MembershipsChanged(ACCOUNT, "insiders", False, (1,), NOW.isoformat()))
    assert touched.profiles == {1: {"name", "outer"}}
