"""Composition root of the room `monitors`: requests, and an inbox of accounts that are due."""

from __future__ import annotations

from cdp import connect
from cdp.documents.plans import Plans
from cdp.entry import Call, entry, utc_now
from cdp.inbox import consume
from cdp.jsonapi.front import Operation, serve
from cdp.jsonapi.throttle import Throttle
from cdp.ports import Engine, Table
from functions.monitors.alert_operations import Alerts
from functions.monitors.alerting import Alerting
from functions.monitors.dry_runs import DryRuns
from functions.monitors.evaluating import Evaluator
from functions.monitors.nightly import Nightly
from functions.monitors.operations import Monitors
from functions.monitors.settings import Settings
from functions.monitors.spec import SPEC


def operations(table: Table, engine: Engine, alerting: Alerting, answer_within_s: float) -> dict[str, Operation]:
    dry_runs = DryRuns(table, engine, answer_within_s).operations()
    return {**Monitors(table, alerting).operations(), **Alerts(table).operations(), **dry_runs}


def http(settings: Settings) -> Call:
    table, engine = connect.table(settings.table), connect.engine(settings.engine, settings.lake)
    known = operations(table, engine, _alerting(settings), settings.answer_within_s)
    throttle = Throttle(connect.limits(settings.limits), settings.rate_limit_factor)
    return serve(SPEC, known, throttle=throttle, plan=Plans(table).check)


def inbox(settings: Settings) -> Call:
    table, lake = connect.table(settings.table), connect.lake(settings.lake)
    engine, queue = connect.engine(settings.engine, settings.lake), connect.queue(settings.monitors_queue)
    evaluator = Evaluator(table, lake, engine, connect.post(settings.post), _alerting(settings), utc_now)
    nightly = Nightly(table, queue, evaluator, utc_now)
    return lambda event: consume(queue, nightly.process, event)


def _alerting(settings: Settings) -> Alerting:
    return Alerting(connect.table(settings.table), connect.bus(settings.bus), settings.platform_url.rstrip("/"))


handler = entry(Settings, http=http, inbox=inbox)
