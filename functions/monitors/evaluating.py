"""An account's monitors looked at as of a time: figures, alerts, what is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from cdp.documents import accounts, mailed, outbox
from cdp.documents.accounts import Account
from cdp.documents.monitors import MONITORS, Monitor
from cdp.documents.named import Stored
from cdp.errors import Unavailable
from cdp.ports import Engine, Lake, Post, Table
from functions.monitors.alerting import Alerting, Conflict
from functions.monitors.calendar import local_day
from functions.monitors.evaluation import asked, evaluate
from functions.monitors.mails import Open, addresses, mail
from functions.monitors.measuring import Measurer
from functions.monitors.seen import seen

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
        account = accounts.get(self.table, account_id)
        due = [one for one in MONITORS.all(self.table, account_id) if _is_due(one.thing, as_of, account.zone)]
        if any(one.thing.monitor_type == "segment" for one in due):
            outbox.drain(self.table, self.lake, account_id)
        found = self._check(account, due, as_of)
        self.alerting.announce(account_id)
        self._mail(account, found, local_day(as_of, account.zone))

    def _check(self, account: Account, due: list[Stored[Monitor]], as_of: datetime) -> list[Open]:
        """The alerts that are open then. A monitor that is changed while it is looked at is looked at again."""
        found: list[Open] = []
        for _ in range(_ATTEMPTS):
            if not due:
                return found
            known = seen(self.table, self.engine, account.id, as_of)
            measurer = Measurer(self.table, self.engine, account.id, known)
            measured = measurer.measure(figure for stored in due for figure in asked(stored.thing))
            changed = []
            for stored in due:
                evaluation = evaluate(stored.thing, measured, known)
                try:
                    alert = self.alerting.checked(account.id, stored, evaluation, as_of, self.clock())
                except Conflict:
                    changed.append(stored.thing.id)
                    continue
                if alert is not None:
                    found.append(Open(alert, stored.thing.notifications.email))
            again = MONITORS.get_many(self.table, account.id, changed)
            due = [one for one in again if one is not None and _is_due(one.thing, as_of, account.zone)]
        raise Unavailable("monitors are being changed by others at the same moment")

    def _mail(self, account: Account, some: list[Open], day: date) -> None:
        """One mail a day to each address that is to hear of an alert."""
        for address in addresses(some):
            id_ = mailed.mail_id("monitors", account.id, day.isoformat(), address)
            if not mailed.is_mailed(self.table, account.id, id_):
                made = mail(id_, address, account.name, day, some, self.alerting.platform_url)
                mailed.send(self.table, self.post, account.id, made, self.clock())


def _is_due(monitor: Monitor, as_of: datetime, zone: ZoneInfo) -> bool:
    checked = monitor.last_checked
    return monitor.enabled and (checked is None or local_day(checked, zone) <= local_day(as_of, zone))
