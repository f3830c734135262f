"""Entry point of the room: HTTP requests, and its inbox of accepted work."""

from __future__ import annotations

from cdp import connect
from cdp.documents import accounts
from cdp.documents.plans import Plans
from cdp.entry import Call, entry
from cdp.inbox import consume
from cdp.jsonapi.front import serve
from cdp.jsonapi.throttle import Throttle
from functions.profiles.announcing import Announcer
from functions.profiles.consent_operations import ConsentJobs
from functions.profiles.end_operations import Ends
from functions.profiles.exchange_ids import ExchangeIds
from functions.profiles.job_operations import Imports
from functions.profiles.operations import Profiles
from functions.profiles.push_operations import PushTokens
from functions.profiles.settings import Settings
from functions.profiles.spec import SPEC
from functions.profiles.working import Worker


def http(settings: Settings) -> Call:
    table, queue = connect.table(settings.table), connect.queue(settings.profiles_queue)
    announcer = Announcer(table, connect.bus(settings.bus))
    operations = {
        **Profiles(table, queue, announcer).operations(),
        **Imports(table, queue).operations(),
        **ConsentJobs(table, queue).operations(),
        **Ends(table, queue).operations(),
        **PushTokens(table, queue, announcer).operations(),
        **ExchangeIds(table, announcer).operations(),
    }
    throttle = Throttle(connect.limits(settings.limits), settings.rate_limit_factor)
    exists, plan = accounts.Existing(table), Plans(table).check
    return serve(SPEC, operations, throttle=throttle, account_exists=exists, plan=plan)


def inbox(settings: Settings) -> Call:
    queue = connect.queue(settings.profiles_queue)
    worker = Worker(
        connect.table(settings.table),
        connect.bus(settings.bus),
        queue,
        connect.queue(settings.record_queue),
        connect.queue(settings.rewrite_queue),
    )
    return lambda event: consume(queue, worker.process, event)


handler = entry(Settings, http=http, inbox=inbox)
