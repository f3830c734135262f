"""Working off subscription and suppression jobs (SPEC §2.2).

A block of rows at a time: the profiles they mean, the events of what is about to happen, then the consents and
the list. Events come first and carry ids made of job and row, so a job that is cut short and begins again
tells everything, and tells it once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from msgspec.structs import replace

from cdp import events
from cdp.documents import imports, jobs, lists, memberships, merges, profiles, push_tokens
from cdp.documents.imports import BLOCK
from cdp.documents.jobs import Job, RowError
from cdp.documents.profiles import Stored
from cdp.errors import Rejected
from cdp.events import ConsentAccepted
from cdp.model.consent import EMAIL
from cdp.ports import Queue, Table
from functions.profiles import consent_bodies, consent_effects, consent_events, targets
from functions.profiles.announcing import Announcer
from functions.profiles.consent_bodies import Order, Row, Wish
from functions.profiles.consent_effects import Effects, Terms
from functions.profiles.consent_events import Happened
from functions.profiles.groups import Groups
from functions.profiles.push_bodies import document
from functions.profiles.targets import Found, Target

_ATTEMPTS = 8


@dataclass
class Outcome:
    """Of a block: (row, profile number) of what was done, errors of what could not be."""

    done: list[tuple[int, int]] = field(default_factory=list)
    failed: list[tuple[int, RowError]] = field(default_factory=list)
    skipped: int = 0


@dataclass(frozen=True)
class Consents:
    table: Table
    profiles_queue: Queue
    record_queue: Queue
    groups: Groups
    announcer: Announcer
    clock: Callable[[], datetime]

    def work(self, message: ConsentAccepted) -> None:
        """A job that is complete is left alone, one cut short begins again."""
        received_at = datetime.fromisoformat(message.received_at)
        order = consent_bodies.read(message.kind, message.body, received_at)
        job = jobs.get(self.table, message.account_id, message.kind, message.job_id) or Job(
            message.job_id, message.kind, received_at, total_count=len(order.rows)
        )
        if job.status == "complete":
            return
        job = replace(
            job, status="processing", started_at=self.clock(), completed_count=0, failed_count=0, skipped_count=0
        )
        jobs.save(self.table, message.account_id, job)
        terms = self._terms(message.account_id, order, received_at)
        for number, outcome in enumerate(self._blocks(message, order, terms)):
            now = self.clock()
            imports.save_block(
                self.table, message.account_id, job.id, number, outcome.done, outcome.failed, now
            )
            job = replace(
                job,
                completed_count=job.completed_count + len({row for row, _ in outcome.done}),
                failed_count=job.failed_count + len(outcome.failed),
                skipped_count=job.skipped_count + outcome.skipped,
            )
            jobs.save(self.table, message.account_id, job)
        jobs.save(self.table, message.account_id, replace(job, status="complete", completed_at=self.clock()))

    def _terms(self, account_id: str, order: Order, received_at: datetime) -> Terms:
        """A list that was deleted meanwhile is as if it had not been named."""
        named = None if order.list_id is None else lists.get(self.table, account_id, order.list_id)
        return Terms(
            order.kind,
            received_at,
            order.subscribes,
            order.source,
            None if named is None else named.id,
            None if named is None else named.name,
            named is not None and named.opt_in_process == "double_opt_in",
            order.historical,
        )

    def _blocks(self, message: ConsentAccepted, order: Order, terms: Terms) -> Iterator[Outcome]:
        account_id = message.account_id
        for first in range(0, len(order.rows), BLOCK):
            rows = order.rows[first : first + BLOCK]
            found = targets.find(self.table, self.profiles_queue, account_id, order, rows, self.clock())
            yield self._block(message, rows, found, terms)
        if order.kind in (consent_bodies.SUPPRESS, consent_bodies.UNSUPPRESS):
            for group_id in filter(None, (order.list_id, order.segment_id)):
                for found in self._members(account_id, group_id, terms.received_at):
                    yield self._block(message, (), found, terms)

    def _members(self, account_id: str, group_id: str, at: datetime) -> Iterator[Found]:
        """Everybody who is in the group, in blocks."""
        position, after = 0, None
        while page := memberships.page(self.table, account_id, group_id, limit=BLOCK, after=after):
            people = [
                Target(position + i, f"p{member.profile_no}", "", member.profile_no, (Wish(EMAIL, at),))
                for i, member in enumerate(page)
            ]
            yield Found(people, [], {}, {})
            position, after = position + len(page), page[-1].position

    def _block(self, message: ConsentAccepted, rows: Sequence[Row], found: Found, terms: Terms) -> Outcome:
        account_id = message.account_id
        outcome = Outcome(failed=[(row.position, _lost(row)) for row in found.lost])
        named = {target.position for target in found.targets}
        outcome.skipped += sum(row.position not in named for row in rows) - len(found.lost)
        wanted = [(target.no, token) for row in rows for target in found.targets
                  if target.position == row.position and found.main.get(row.position) == target.no
                  for token in row.tokens]  # fmt: skip
        joins, leaves = self._change(message, found.targets, terms, outcome)
        for no, token in wanted:
            given = document(token, no, terms.received_at)
            if terms.subscribes:
                push_tokens.save(self.table, account_id, given)
            else:
                push_tokens.remove(self.table, account_id, given.id)
        if terms.list_id is not None and joins:
            self.groups.join(account_id, terms.list_id, joins, terms.received_at)
        if terms.list_id is not None and leaves:
            self.groups.leave(account_id, terms.list_id, leaves, terms.received_at)
        made = [no for no, new in found.applied.items() if new]
        self.announcer.profiles(account_id, created=made, changed=[no for _, no in outcome.done])
        outcome.failed.sort(key=lambda failure: failure[0])
        return outcome

    def _change(
        self, message: ConsentAccepted, wanted: Sequence[Target], terms: Terms, outcome: Outcome
    ) -> tuple[list[int], list[int]]:
        """Write the consents; the profiles that join the list and that leave it."""
        joins: list[int] = []
        leaves: list[int] = []
        left = list(wanted)
        for attempt in range(_ATTEMPTS):
            states = self._states(message.account_id, left)
            effects = self._apply(message.account_id, left, states, terms, outcome)
            if attempt == 0:
                self._tell(message, effects, states, terms)
            dirty = {state.profile.no: state for state in states.values() if state.dirty}
            saved = dict(zip(dirty, profiles.save(self.table, message.account_id, list(dirty.values())), strict=True))
            again = []
            for target, effect in effects:
                no = states[target.no].profile.no
                if not saved.get(no, True):
                    again.append(target)
                    continue
                if effect.skipped:
                    outcome.skipped += 1
                else:
                    outcome.done.append((target.position, no))
                joins += [no] if effect.joins else []
                leaves += [no] if effect.leaves else []
            left = again
            if not left:
                return joins, leaves
        raise profiles.CONTENDED

    def _states(self, account_id: str, wanted: Sequence[Target]) -> dict[int, Stored]:
        """The profiles by the number that the targets know; those who were merged are who they are now."""
        numbers = sorted({target.no for target in wanted})
        heirs = merges.successors(self.table, account_id, numbers)
        stored = profiles.get_many(self.table, account_id, [heirs.get(no, no) for no in numbers])
        by_heir: dict[int, Stored] = {}
        found = {}
        for no, state in zip(numbers, stored, strict=True):
            if state is not None:
                found[no] = by_heir.setdefault(state.profile.no, state)
        return found

    def _apply(
        self,
        account_id: str,
        wanted: Sequence[Target],
        states: dict[int, Stored],
        terms: Terms,
        outcome: Outcome,
    ) -> list[tuple[Target, Effects]]:
        there = [target for target in wanted if target.no in states]
        outcome.skipped += len(wanted) - len(there)
        joined = {}
        if terms.list_id is not None and terms.kind not in (consent_bodies.SUPPRESS, consent_bodies.UNSUPPRESS):
            pairs = [(terms.list_id, states[target.no].profile.no) for target in there]
            joined = {no: at for (_, no), at in memberships.joined_at(self.table, account_id, pairs).items()}
        effects = []
        for target in there:
            state = states[target.no]
            before = state.profile.subscriptions
            try:
                effect = consent_effects.apply(
                    state.profile, target.wishes, terms, joined.get(state.profile.no)
                )
            except Rejected as error:
                failure = RowError(error.code, error.title, error.message, target.pointer)
                outcome.failed.append((target.position, failure))
                continue
            if state.profile.subscriptions != before:
                state.profile.updated, state.dirty = self.clock(), True
            effects.append((target, effect))
        return effects

    def _tell(
        self,
        message: ConsentAccepted,
        effects: Sequence[tuple[Target, Effects]],
        states: dict[int, Stored],
        terms: Terms,
    ) -> None:
        happened = [
            Happened(states[target.no].profile.no, metric, at, target.key, properties)
            for target, effect in effects
            for metric, at, properties in effect.events
        ]
        bodies = consent_events.messages(
            message, terms.received_at, happened, historical=terms.historical
        )
        if sent := [events.encode(body) for body in bodies]:
            self.record_queue.send(sent)


def _lost(row: Row) -> RowError:
    return RowError(
        "not_found", "Not found.", f"A profile with id {row.resource.id} does not exist.", f"{row.pointer}/id"
    )
