"""Composition root of the room `reports`: requests, and an inbox of reports that take long."""

from __future__ import annotations

from cdp import connect
from cdp.documents.plans import Plans
from cdp.entry import Call, entry, utc_now
from cdp.inbox import consume
from cdp.jsonapi.front import Operation, serve
from cdp.jsonapi.throttle import Throttle
from cdp.ports import Engine, Queue, Table
from functions.reports.later import Finisher, Later, Limited
from functions.reports.mailing import Mailer
from functions.reports.operations import Reports
from functions.reports.rfm_refresh import Refresher
from functions.reports.running import Runner
from functions.reports.schedules import JOB, Schedules
from functions.reports.settings import Settings
from functions.reports.spec import SPEC
from functions.reports.stored.catalog_insights_settings import CatalogInsightsSettings
from functions.reports.stored.cohorts import Cohorts
from functions.reports.stored.custom import Custom
from functions.reports.stored.funnels import Funnels
from functions.reports.stored.rfm_settings import RfmSettings
from functions.reports.working import Work


def reports(table: Table, engine: Engine) -> dict[str, Operation]:
    """The operations that run reports."""
    stored = (Cohorts(table, engine), Funnels(table, engine), Custom(table, engine), CatalogInsightsSettings(table))
    return {key: operation for part in (Reports(table, engine), *stored) for key, operation in part.operations().items()}


def http(settings: Settings) -> Call:
    table, engine = connect.table(settings.table), connect.engine(settings.engine, settings.lake)
    queue = connect.queue(settings.reports_queue)
    later, rfm = Later(table, queue), RfmSettings(table, engine, queue).operations()
    quick = reports(table, Limited(engine, settings.answer_within_s))
    operations = {**{key: later.patient(run) for key, run in quick.items()}, **later.operations(), **rfm}
    throttle = Throttle(connect.limits(settings.limits), settings.rate_limit_factor)
    return serve(SPEC, operations, throttle=throttle, plan=Plans(table).check)


def inbox(settings: Settings) -> Call:
    table, engine = connect.table(settings.table), connect.engine(settings.engine, settings.lake)
    queue = connect.queue(settings.reports_queue)
    lake, bus = connect.lake(settings.lake), connect.bus(settings.bus)
    mailer = Mailer(table, connect.post(settings.post), settings.platform_url.rstrip("/"))
    work = worker(table, engine, queue, Refresher(table, lake, engine, bus, queue, utc_now), mailer)
    return lambda event: consume(queue, work.process, event)


def worker(table: Table, engine: Engine, queue: Queue, refresher: Refresher, mailer: Mailer) -> Work:
    schedules = Schedules(table, queue, Runner(table, engine), mailer, refresher.clock)
    finisher = Finisher(table, engine, lambda patient: reports(table, patient))
    return Work(finisher, {JOB: schedules.announce}, schedules.run, refresher, refresher.clock)


handler = entry(Settings, http=http, inbox=inbox)
