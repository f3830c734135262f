"""An account's monitors looked at as of a time: figures, alerts, what is told."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from cdp.documents import accounts, mailed, outbox
from cdp.documents.alerts import Alert
from cdp.documents.monitors import MONITORS, Monitor
from cdp.documents.named import Stored
from cdp.errors import Rejected, Unavailable
from cdp.ports import Engine, Lake, Post, Table
from functions.monitors.alerting import Alerting, Conflict
from functions.monitors.calendar import local_day
from functions.monitors.evaluation import asked, evaluate
from functions.monitors.mails import Open, addresses, mail
from functions.monitors.measuring import Measurer
from functions.monitors.seen import seen

log = logging.getLogger("regulars.monitors")
_ATTEMPTS = 5


@dataclass(frozen=True)
class Evaluator:
    """Everything is safe to repeat: an alert that is open stays, and a day's mail has an id of its own."""

    table: Table
    lake: Lake
    engine: Engine
    post: Post
    alerting: Alerting
    clock: Callable[[], datetime]

    def run(self, account_id: str, as_of: datetime) -> None:
        """Of monitors that have been checked as of a later day already, nothing is changed."""
        self.alerting.announce(account_id)
        enabled = [one for one in MONITORS.all(self.table, account_id) if one.thing.enabled]
        if any(one.thing.monitor_type == "segment" for one in enabled):
            outbox.drain(self.table, self.lake, account_id)
        zone = accounts.get(self.table, account_id).zone
        day = local_day(as_of, zone)
        due = [one for one in enabled if one.thing.last_checked is None or local_day(one.thing.last_checked, zone) <= day]
        found = self._check(account_id, due, as_of) if due else []
        self.alerting.announce(account_id)
        self._mail(account_id, found, day)

    def _check(self, account_id: str, due: list[Stored[Monitor]], as_of: datetime) -> list[Open]:
        """The alerts that are open then."""
        account = seen(self.table, self.engine, account_id, as_of)
        measurer = Measurer(self.table, self.engine, account_id, account)
        measured = measurer.measure(figure for stored in due for figure in asked(stored.thing))
        found = []
        for stored in due:
            evaluation = evaluate(stored.thing, measured, account)
            try:
                alert = self.alerting.checked(account_id, stored, evaluation, as_of, self.clock())
            except Conflict:
                alert = self._again(account_id, stored.thing.id, as_of)
            if alert is not None:
                found.append(Open(alert, stored.thing.notifications.email))
        return found

    def _again(self, account_id: str, monitor_id: str, as_of: datetime) -> Alert | None:
        """A monitor that was changed while it was being looked at."""
        for _ in range(_ATTEMPTS):
            stored = MONITORS.get(self.table, account_id, monitor_id)
            if stored is None or not stored.thing.enabled:
                return None
            account = seen(self.table, self.engine, account_id, as_of)
            measured = Measurer(self.table, self.engine, account_id, account).measure(asked(stored.thing))
            evaluation = evaluate(stored.thing, measured, account)
            try:
                return self.alerting.checked(account_id, stored, evaluation, as_of, self.clock())
            except Conflict:
                continue
        raise Unavailable(f"monitor {monitor_id} is being changed by others at the same moment")

    def _mail(self, account_id: str, some: list[Open], day: date) -> None:
        """One mail a day to each address that is to hear of an alert. An address that cannot be holds up no other."""
        name = accounts.get(self.table, account_id).name
        for address in addresses(some):
            id_ = mailed.mail_id("monitors", account_id, day.isoformat(), address)
            if mailed.is_mailed(self.table, account_id, id_):
                continue
            try:
                self.post.send(mail(id_, address, name, day, some, self.alerting.platform_url))
            except Rejected as error:
                log.warning("account %s: no mail to one address: %s", account_id, error.message)
            mailed.note(self.table, account_id, id_, self.clock())
