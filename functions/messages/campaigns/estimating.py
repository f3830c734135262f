"""How many people a campaign would reach: members of its audiences' groups, each once, without the excluded.

Of large groups the first members by the time of joining stand for all, so that `READS` bounds what is read: with one
group it is exact up to 5,000 members. Where more than `MOST_GROUPS` are named, their sizes are added up.
The count is made when it is asked for, so a job is complete as soon as it exists, and has the campaign's id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cdp.documents import memberships
from cdp.documents.campaigns import Campaign
from cdp.jsonapi.documents import Json, Resources, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.ports import Table
from functions.messages.campaigns.bodies import estimation_job
from functions.messages.campaigns.store import Store

JOB, ESTIMATION = "campaign-recipient-estimation-job", "campaign-recipient-estimation"
READS = 20_000
MOST_GROUPS = 100
_SAMPLE = 5000
_PAGE = 1000


class Estimating:
    def __init__(self, store: Store) -> None:
        self._store = store

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {
            "POST /api/campaign-recipient-estimation-jobs": self.refresh,
            "GET /api/campaign-recipient-estimation-jobs/{id}": self.job,
            "GET /api/campaign-recipient-estimations/{id}": self.estimation,
        }

    def refresh(self, request: Request) -> Response:
        id_ = estimation_job.read(request).id
        found = self._store.campaign(request, id_, "/data/id").campaign
        return Response(202, document=single(request, _job(request, found)))

    def job(self, request: Request) -> Response:
        found = self._store.campaign(request, request.path["id"]).campaign
        return Response(document=single(request, _job(request, found)))

    def estimation(self, request: Request) -> Response:
        found = self._store.campaign(request, request.path["id"]).campaign
        count = recipients(self._store.table, request.account_id, found)
        make = Resources(request, ESTIMATION, f"{ESTIMATION}s", fields=request.params.fields(ESTIMATION)).make
        return Response(document=single(request, make(found.id, {"estimated_recipient_count": count})))


def recipients(table: Table, account_id: str, campaign: Campaign) -> int:
    """People in an included group of some audience and in none that this audience excludes.

    A group's members count with the audience and group that come first.
    """
    included = [group for audience in campaign.audiences for group in audience.included]
    named = {*included, *(group for audience in campaign.audiences for group in audience.excluded)}
    if len(named) > MOST_GROUPS or len(included) > MOST_GROUPS:
        return sum(memberships.count(table, account_id, group) for group in dict.fromkeys(included))
    sample = min(READS // max(len(included) * len(named), 1), _SAMPLE)
    total = 0
    seen: list[tuple[str, tuple[str, ...]]] = []  # (group, those excluded with it)
    for audience in campaign.audiences:
        for group_id in audience.included:
            total += _further(table, account_id, group_id, audience.excluded, seen, sample)
            seen.append((group_id, audience.excluded))
    return total


def _further(
    table: Table,
    account_id: str,
    group_id: str,
    excluded: Sequence[str],
    seen: Sequence[tuple[str, tuple[str, ...]]],
    sample: int,
) -> int:
    """Members of the group who are not excluded and did not count before."""
    members = _members(table, account_id, group_id, sample)
    others = {*excluded, *(group for group, _ in seen), *(one for _, out in seen for one in out)} - {group_id}
    pairs = [(other, no) for other in sorted(others) for no in members]
    held = memberships.joined_at(table, account_id, pairs) if pairs else {}

    def is_in(group: str, no: int) -> bool:
        return group == group_id or (group, no) in held

    def counts(no: int) -> bool:
        if any(is_in(group, no) for group in excluded):
            return False
        return not any(is_in(group, no) and not any(is_in(out, no) for out in outs) for group, outs in seen)

    kept = sum(counts(no) for no in members)
    if len(members) < sample:
        return kept
    size = max(memberships.count(table, account_id, group_id), len(members))
    return round(size * kept / len(members))


def _members(table: Table, account_id: str, group_id: str, most: int) -> list[int]:
    """Profile numbers of the first members."""
    found: list[int] = []
    after: memberships.Position | None = None
    while len(found) < most:
        page = memberships.page(table, account_id, group_id, limit=min(_PAGE, most - len(found)), after=after)
        if not page:
            break
        found += (member.profile_no for member in page)
        after = page[-1].position
    return found


def _job(request: Request, campaign: Campaign) -> Json:
    make = Resources(request, JOB, f"{JOB}s", fields=request.params.fields(JOB)).make
    return make(campaign.id, {"status": "complete"})
