"""The look-up, and the script that calls it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from cdp.documents.plans import Plans
from cdp.jsonapi.documents import identifier
from cdp.jsonapi.front import Operation, Request, Response
from cdp.ports import Table
from functions.membership.visitor import Keys, find, group_ids, memberships_of

SCRIPT = Path(__file__).with_name("script") / "regulars.js"
_ANSWER = {"cache-control": "private, max-age=60", "content-type": "application/json"}
_SCRIPT = {"cache-control": "public, max-age=3600", "content-type": "text/javascript; charset=utf-8"}


class Membership:
    def __init__(self, table: Table, plans: Plans) -> None:
        self._table, self._plans = table, plans
        self._script = SCRIPT.read_text()

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {
            "GET /client/group-memberships": self.look_up,
            "GET /client/regulars.js": self.script,
        }

    def look_up(self, request: Request) -> Response:
        """The groups among `ids` that the visitor is in; none if the plan lacks the feature, so that no page of the
        shop meets an error for it."""
        keys, ids = Keys(request.params), group_ids(request.params)
        no = find(self._table, request.account_id, keys)
        opened = self._plans(request.account_id).opens("cdp")
        groups = memberships_of(self._table, request.account_id, no, ids) if opened else []
        data = [identifier("group-membership", id_) for id_ in groups]
        return Response(document={"data": data}, headers=dict(_ANSWER))

    def script(self, request: Request) -> Response:
        return Response(body=self._script, headers=dict(_SCRIPT))
