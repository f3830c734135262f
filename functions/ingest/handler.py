"""Entry point of the room."""

from __future__ import annotations

from cdp import connect
from cdp.documents import accounts
from cdp.entry import Call, entry
from cdp.jsonapi.front import serve
from cdp.jsonapi.throttle import Throttle
from functions.ingest.operations import Ingest
from functions.ingest.settings import Settings
from functions.ingest.spec import SPEC


def http(settings: Settings) -> Call:
    table = connect.table(settings.table)
    room = Ingest(table, connect.queue(settings.record_queue))
    return serve(
        SPEC,
        room.operations(),
        throttle=Throttle(connect.limits(settings.limits), settings.rate_limit_factor),
        account_exists=accounts.Existing(table),
    )


handler = entry(Settings, http=http)
