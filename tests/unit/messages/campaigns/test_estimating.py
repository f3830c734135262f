"""How many people a campaign would reach, against a count of sets."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdp import connect
from cdp.documents import memberships
from cdp.documents.campaigns import Audience, Campaign
from cdp.ports import Table
from functions.messages.campaigns import estimating
from functions.messages.campaigns.estimating import recipients
from tests.unit.messages.campaigns.conftest import ACCOUNT, NOW, Room, document, older

GROUPS = ("LIST01", "LIST02", "SEGM01", "SEGM02")
_groups = st.lists(st.sampled_from(GROUPS), unique=True, max_size=3)


def campaign(*audiences: tuple[list[str], list[str]]) -> Campaign:
    made = (
        Audience(f"a{n}", NOW, NOW, included=tuple(included), excluded=tuple(excluded))
        for n, (included, excluded) in enumerate(audiences)
    )
    return Campaign("c", "c", NOW, NOW, audiences=tuple(made))


@settings(max_examples=25, deadline=None)
@given(
    st.fixed_dictionaries({group: st.frozensets(st.integers(1, 12)) for group in GROUPS}),
    st.lists(st.tuples(_groups, _groups), max_size=3),
)
def test_everybody_counts_once(
    members: dict[str, frozenset[int]], audiences: list[tuple[list[str], list[str]]]
) -> None:
    with TemporaryDirectory() as folder:
        table = connect.table(f"sqlite://{folder}/documents.db")
        for group, numbers in members.items():
            memberships.join(table, ACCOUNT, group, numbers, NOW)
        found = recipients(table, ACCOUNT, campaign(*audiences))
    reached: set[int] = set()
    for included, excluded in audiences:
        reached |= set().union(*(members[group] for group in included)) - set().union(
            *(members[group] for group in excluded)
        )
    assert found == len(reached)


def test_large_groups_are_estimated(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimating, "READS", 200)
    memberships.join(table, ACCOUNT, "LIST01", range(400), NOW)
    memberships.join(table, ACCOUNT, "SEGM01", range(0, 400, 4), NOW)
    assert recipients(table, ACCOUNT, campaign((["LIST01"], []))) == 400
    assert recipients(table, ACCOUNT, campaign((["LIST01"], ["SEGM01"]))) == 300
    many = [f"G{n}" for n in range(estimating.MOST_GROUPS)]
    assert recipients(table, ACCOUNT, campaign((["LIST01", *many], ["SEGM01"]))) == 400


def test_a_job_is_complete_at_once(room: Room, tmp_path: Path) -> None:
    made = room.older("POST", "/api/campaigns", older("Sale")).data["id"]
    memberships.join(room.table, ACCOUNT, "LIST01", range(5), NOW)
    memberships.join(room.table, ACCOUNT, "SEGM01", range(2), NOW)
    job = "campaign-recipient-estimation-job"
    answer = room.older("POST", f"/api/{job}s", document(job, id_=made))
    assert (answer.status, answer.data["id"], answer.data["attributes"]) == (202, made, {"status": "complete"})
    assert room.older.get(f"/api/{job}s/{made}").data["attributes"] == {"status": "complete"}
    estimation = room.older.get(f"/api/campaign-recipient-estimations/{made}").data
    assert estimation["attributes"] == {"estimated_recipient_count": 3}
    refused = room.older("POST", f"/api/{job}s", document(job, id_="nobody"))
    assert (refused.status, refused.error["source"]) == (404, {"pointer": "/data/id"})
    assert room.older.get("/api/campaign-recipient-estimations/nobody").status == 404
