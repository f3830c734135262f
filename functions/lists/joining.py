"""Profiles into a list and out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from cdp.documents import joining, lists, memberships, merges, profiles, tags
from cdp.documents.lists import LISTS
from cdp.errors import Rejected, not_found
from cdp.events import ListDeleted, MembershipsChanged
from cdp.inbox import Received
from cdp.jsonapi.front import Operation, Request, Response
from cdp.model.ids import profile_id
from cdp.ports import Bus, Table
from functions.lists.bodies import members, profile_numbers

_BATCH = 1000


class Joining:
    def __init__(self, table: Table, bus: Bus) -> None:
        self._table, self._bus = table, bus

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {
            "POST /api/lists/{id}/relationships/profiles": self.add,
            "DELETE /api/lists/{id}/relationships/profiles": self.remove,
        }

    def add(self, request: Request) -> Response:
        """Whoever is in the list already stays as they are. All are announced, so that a call which is repeated
        after a failure announces those that the first one added."""
        account_id, list_id, numbers = self._asked(request)
        joined = memberships.join(self._table, account_id, list_id, numbers, request.now)
        if lists.get(self._table, account_id, list_id) is None:  # deleted at this very moment
            memberships.leave(self._table, account_id, list_id, joined, request.now)
            raise not_found("list", list_id)
        now_there = joining.follow(self._table, account_id, joined, request.now)
        present = {now_there.get(no, no) for no in numbers} - {merges.ERASED}
        self._announce(account_id, list_id, sorted(present), request.now, joined=True)
        return Response(204)

    def remove(self, request: Request) -> Response:
        account_id, list_id, numbers = self._asked(request)
        memberships.leave(self._table, account_id, list_id, numbers, request.now)
        self._announce(account_id, list_id, numbers, request.now, joined=False)
        return Response(204)

    def process(self, received: Sequence[Received]) -> None:
        """Work off the inbox: empty the lists that are deleted."""
        for message, _ in received:
            if not isinstance(message, ListDeleted):
                raise Rejected(f"{type(message).__name__} is no message for this room")
            self._delete(message.account_id, message.list_id)

    def _delete(self, account_id: str, list_id: str) -> None:
        while stored := LISTS.get(self._table, account_id, list_id):  # else the request has removed it
            lists.remove(self._table, account_id, stored)
        tags.forget(self._table, account_id, "list", list_id)
        while page := memberships.page(self._table, account_id, list_id, limit=_BATCH):
            now = datetime.now(UTC)
            numbers = [member.profile_no for member in page]
            memberships.leave(self._table, account_id, list_id, numbers, now)
            self._announce(account_id, list_id, numbers, now, joined=False)

    def _asked(self, request: Request) -> tuple[str, str, list[int]]:
        """Account, list and profile numbers of the request; all of them exist."""
        account_id, list_id = request.account_id, request.path["id"]
        if lists.get(self._table, account_id, list_id) is None:
            raise not_found("list", list_id)
        numbers = profile_numbers(request.decode(members), account_id)
        stored = profiles.get_many(self._table, account_id, list(numbers))
        for (no, at), one in zip(numbers.items(), stored, strict=True):
            if one is None:
                raise not_found("profile", profile_id(account_id, no), field=f"/data/{at}/id")
        return account_id, list_id, list(numbers)

    def _announce(
        self, account_id: str, list_id: str, numbers: Sequence[int], at: datetime, *, joined: bool
    ) -> None:
        if numbers:
            message = MembershipsChanged(account_id, list_id, joined, tuple(numbers), at.isoformat())
            self._bus.publish([message])
