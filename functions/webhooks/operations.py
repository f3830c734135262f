"""The public operations on webhooks and their topics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import UNSET
from msgspec.structs import replace

from cdp import events
from cdp.documents import metrics, webhooks
from cdp.documents.webhooks import BY_REQUEST, Webhook
from cdp.errors import not_found
from cdp.events import DeliveriesDue
from cdp.jsonapi.bodies import checked_name
from cdp.jsonapi.documents import Json, collection, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.model.ids import new_ulid
from cdp.ports import Queue, Secrets, Table
from cdp.resources import webhook as shown
from functions.webhooks.bodies import (
    Change,
    checked_description,
    checked_secret,
    checked_topics,
    checked_url,
    new_webhook,
    webhook_change,
)
from functions.webhooks.standing import BACKLOG, STATUS, backlog, status
from functions.webhooks.subscribing import Chosen, choose, known

INCLUDE = (shown.TOPICS,)
_LATER_S = 60  # than a deletion takes
_ON_DEMAND = {STATUS: status, BACKLOG: backlog}


class Webhooks:
    """`most`: of an account. `deliveries` is told of what makes a difference to a webhook's backlog."""

    def __init__(self, table: Table, secrets: Secrets, deliveries: Queue, *, most: int, allow_loopback: bool) -> None:
        self._table, self._secrets, self._deliveries = table, secrets, deliveries
        self._most, self._allow_loopback = most, allow_loopback

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {
            "GET /api/webhooks": self.listed,
            "POST /api/webhooks": self.create,
            "GET /api/webhooks/{id}": self.one,
            "PATCH /api/webhooks/{id}": self.update,
            "DELETE /api/webhooks/{id}": self.delete,
            "GET /api/webhook-topics": self.topics,
            "GET /api/webhook-topics/{id}": self.topic,
        }

    def listed(self, request: Request) -> Response:
        """All of them, in the order in which they were made."""
        wanted = request.params.include(INCLUDE)
        found = webhooks.all_of(self._table, request.account_id)
        asked = request.params.additional(shown.TYPE, (STATUS,))
        data = [self._show(request, webhook, asked) for webhook in found]
        return Response(document=collection(request, data, None, _included(request, found) if wanted else None))

    def one(self, request: Request) -> Response:
        wanted = request.params.include(INCLUDE)
        found = stored(self._table, request)
        included = _included(request, [found]) if wanted else None
        asked = request.params.additional(shown.TYPE, (STATUS, BACKLOG))
        return Response(document=single(request, self._show(request, found, asked), included))

    def create(self, request: Request) -> Response:
        body = new_webhook.read(request)
        given, now, account_id = body.attributes, request.now, request.account_id
        name, description = checked_name(given.name), checked_description(given.description)
        url = checked_url(given.endpoint_url, allow_loopback=self._allow_loopback)
        secret = checked_secret(given.secret_key)
        topics, listens = self._chosen(request, checked_topics(body.relationships.webhook_topics))
        made = Webhook(new_ulid(now), name, description, url, topics, listens, now, now, now)
        webhooks.set_secret(self._secrets, account_id, made.id, secret, now)
        try:
            webhooks.create(self._table, account_id, made, self._most)
        except Exception:
            if webhooks.get(self._table, account_id, made.id) is None:
                webhooks.forget_secret(self._secrets, account_id, made.id)
            raise
        location = f"{request.base_url}/api/webhooks/{made.id}"
        return Response(201, document=single(request, self._show(request, made)), headers={"location": location})

    def update(self, request: Request) -> Response:
        body = webhook_change.read(request)
        stored(self._table, request)
        account_id, id_, given = request.account_id, request.path["id"], body.attributes
        self._check(given)
        topics = body.relationships.webhook_topics
        chosen = None if topics is None else self._chosen(request, checked_topics(topics))
        if given.secret_key is not None:
            webhooks.set_secret(self._secrets, account_id, id_, given.secret_key, request.now)
        changed = webhooks.change(self._table, account_id, id_, lambda old: changed_by(request, old, given, chosen))
        if changed is None:  # deleted at this very moment
            webhooks.forget_secret(self._secrets, account_id, id_)
            raise not_found("webhook", id_)
        self._tell(account_id, id_)
        return Response(document=single(request, self._show(request, changed)))

    def delete(self, request: Request) -> Response:
        """What waits for it goes afterwards, also if this ends half-way: of that a message tells that is sent before."""
        account_id, id_ = request.account_id, stored(self._table, request).id
        self._tell(account_id, id_, _LATER_S)
        if not webhooks.remove(self._table, self._secrets, account_id, id_, request.now):
            raise not_found("webhook", id_)
        self._tell(account_id, id_)
        return Response(204)

    def topics(self, request: Request) -> Response:
        """By id; not in pages."""
        found = sorted(known(metrics.all_metrics(self._table, request.account_id)))
        return Response(document=collection(request, [shown.topic(request, id_) for id_ in found]))

    def topic(self, request: Request) -> Response:
        id_ = request.path["id"]
        if id_ not in known(metrics.all_metrics(self._table, request.account_id)):
            raise not_found("webhook topic", id_)
        return Response(document=single(request, shown.topic(request, id_)))

    def _check(self, given: Change) -> None:
        if given.name is not None:
            checked_name(given.name)
        if given.description is not UNSET:
            checked_description(given.description)
        if given.endpoint_url is not None:
            checked_url(given.endpoint_url, allow_loopback=self._allow_loopback)
        if given.secret_key is not None:
            checked_secret(given.secret_key)

    def _chosen(self, request: Request, topics: Sequence[str]) -> Chosen:
        return choose(topics, known(metrics.all_metrics(self._table, request.account_id)))

    def _tell(self, account_id: str, id_: str, delay_s: int = 0) -> None:
        self._deliveries.send([events.encode(DeliveriesDue(account_id, id_))], delay_s=delay_s)

    def _show(self, request: Request, webhook: Webhook, asked: Sequence[str] = ()) -> Json:
        further = {name: _ON_DEMAND[name](self._table, request.account_id, webhook) for name in asked}
        return shown.resource(request, webhook, request.params.fields(shown.TYPE), further)


def stored(table: Table, request: Request) -> Webhook:
    """The webhook that the path names."""
    found = webhooks.get(table, request.account_id, request.path["id"])
    if found is None:
        raise not_found("webhook", request.path["id"])
    return found


def changed_by(request: Request, old: Webhook, given: Change, chosen: Chosen | None) -> Webhook:
    """The webhook after a PATCH. With `enabled` true, or at another address, its old failures do not count: what
    waits is tried at once."""
    topics, listens = chosen or (old.topics, old.listens)
    new = replace(
        old,
        name=old.name if given.name is None else checked_name(given.name),
        description=old.description if given.description is UNSET else given.description,
        endpoint_url=given.endpoint_url or old.endpoint_url,
        topics=topics,
        listens=listens,
    )
    if given.enabled is False:
        new = webhooks.disabled(new, BY_REQUEST, request.now)
    elif given.enabled:
        new = replace(new, enabled=True, disabled_because=None, fresh_since=request.now)
    if new.endpoint_url != old.endpoint_url:
        new = replace(new, fresh_since=request.now)
    return new if new == old and given.secret_key is None else replace(new, updated=request.now)


def _included(request: Request, found: Sequence[Webhook]) -> list[Json]:
    return [shown.topic(request, topic) for webhook in found for topic in webhook.topics]
