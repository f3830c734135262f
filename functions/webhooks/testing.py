"""POST /api/webhook-tests: a signed delivery of a made-up event, now, and what came of it.

It says what the endpoint answered in one number, and never in the endpoint's words: those are not ours to show.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cdp.documents import webhook_attempts, webhooks
from cdp.documents.webhook_attempts import Attempt
from cdp.documents.webhooks import Webhook
from cdp.errors import not_found
from cdp.jsonapi.documents import Json, identifier, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.ports import Outbound, Secrets, Table
from cdp.resources import webhook as shown
from cdp.resources import webhook_attempt
from cdp.webhooks import delivery, posting
from cdp.webhooks.delivery import Recipient
from functions.webhooks import sample
from functions.webhooks.bodies import WEBHOOK_ID, new_test

TYPE = "webhook-test"


@dataclass(frozen=True)
class Testing:
    table: Table
    secrets: Secrets
    outbound: Outbound
    platform_url: str

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {"POST /api/webhook-tests": self.test}

    def test(self, request: Request) -> Response:
        """A disabled webhook can be tested too, before it is enabled again."""
        id_ = new_test.read(request).relationships.webhook.id
        webhook = webhooks.get(self.table, request.account_id, id_)
        secrets = webhooks.secrets_of(self.secrets, request.account_id, id_, request.now) if webhook else ()
        if webhook is None or not secrets:
            raise not_found("webhook", id_, field=WEBHOOK_ID)
        attempt = self._attempt(request, webhook, secrets)
        self.table.write([[webhook_attempts.putting(request.account_id, attempt)]])
        url = f"{request.base_url}/api/webhooks/{id_}"
        data: Json = {
            "type": TYPE,
            "id": attempt.id,
            "attributes": webhook_attempt.outcome(attempt),
            "relationships": {shown.TYPE: {"data": identifier(shown.TYPE, id_)}},
            "links": {"self": f"{url}/webhook-attempts"},
        }
        return Response(document=single(request, data))

    def _attempt(self, request: Request, webhook: Webhook, secrets: tuple[str, ...]) -> Attempt:
        entry = sample.entry(self.platform_url, request.account_id, request.now)
        recipient = Recipient(request.account_id, webhook.id, webhook.endpoint_url, secrets)
        id_ = delivery.delivery_id(webhook.id, [entry.external_id])
        posted = posting.post(self.outbound, recipient, id_, [delivery.encode(entry)], request.now)
        return posted.attempt(1, kind="test")
