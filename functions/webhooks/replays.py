"""Dead letters: what a disabled webhook never received. They can be read, and sent once more while they are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cdp import events
from cdp.documents import webhook_backlog, webhook_lanes, webhooks
from cdp.errors import conflict, not_found
from cdp.events import DeliveriesDue
from cdp.jsonapi.cursors import Cursor
from cdp.jsonapi.cursors import refused as cursor_refused
from cdp.jsonapi.documents import Json, collection, identifier, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.jsonapi.paging import Page
from cdp.jsonapi.params import Sort
from cdp.model.ids import new_ulid
from cdp.ports import Queue, Table
from cdp.resources import webhook as shown
from cdp.resources import webhook_dead_letter
from functions.webhooks.bodies import WEBHOOK_ID, new_replay
from functions.webhooks.operations import stored

TYPE = "webhook-replay"
PAGE, MOST = 20, 100
_ORDER = Sort("id")  # the order of the events


@dataclass(frozen=True)
class Replays:
    table: Table
    deliveries: Queue

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {
            "GET /api/webhooks/{id}/webhook-dead-letters": self.listed,
            "POST /api/webhook-replays": self.replay,
        }

    def listed(self, request: Request) -> Response:
        """In the order of the events, a page at a time; there is no way back but the first page."""
        webhook, params = stored(self.table, request), request.params
        size, after = params.page_size(PAGE, MOST), _after(params.cursor(_ORDER))
        found = webhook_backlog.dead(self.table, request.account_id, webhook.id, limit=size + 1, after=after)
        rows, more = found[:size], len(found) > size
        page = Page(rows, next=Cursor(_ORDER.name, (rows[-1].key,)) if more else None)
        fields = params.fields(webhook_dead_letter.TYPE)
        data = [webhook_dead_letter.resource(request, webhook.id, one, fields) for one in rows]
        return Response(document=collection(request, data, page))

    def replay(self, request: Request) -> Response:
        """Those that are named are in the backlog on return; all of them follow step by step (`is_replaying`)."""
        body = new_replay.read(request)
        id_, ids = body.relationships.webhook.id, body.attributes.dead_letter_ids
        webhook = webhooks.get(self.table, request.account_id, id_)
        if webhook is None:
            raise not_found("webhook", id_, field=WEBHOOK_ID)
        if not webhook.enabled:
            raise conflict("The webhook is disabled: enable it, then replay.", field=WEBHOOK_ID)
        count = self._revive(request, id_, ids)
        self.deliveries.send([events.encode(DeliveriesDue(request.account_id, id_))])
        data: Json = {
            "type": TYPE,
            "id": new_ulid(request.now),
            "attributes": {"status": "processing" if count is None else "complete", "replayed_count": count},
            "relationships": {shown.TYPE: {"data": identifier(shown.TYPE, id_)}},
            "links": {"self": f"{request.base_url}/api/webhooks/{id_}/webhook-dead-letters"},
        }
        return Response(202 if count is None else 200, document=single(request, data))

    def _revive(self, request: Request, id_: str, ids: Sequence[str] | None) -> int | None:
        """How many there were of those that are named; None: all, later."""
        if ids is None:
            webhook_lanes.ask_for_replay(self.table, request.account_id, id_)
            return None
        return webhook_backlog.replay(self.table, request.account_id, id_, ids, request.now)


def _after(cursor: Cursor | None) -> str | None:
    if cursor is None:
        return None
    match cursor.position:
        case (str(key),) if not cursor.backward:
            return key
    raise cursor_refused("The cursor does not belong to this collection.")
