"""What a monitor would say: of one that there is, or of a definition that nobody has kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cdp.documents.monitors import Condition, Join, Kind
from cdp.errors import Rejected, TooSlow
from cdp.jsonapi.bodies import ATTRIBUTES
from cdp.jsonapi.documents import Json, identifier
from cdp.jsonapi.front import Operation, Request, Response
from cdp.jsonapi.times import format_instant, parse_instant
from cdp.model.ids import new_short_id
from cdp.ports import Engine, Table
from functions.monitors import bodies
from functions.monitors.bodies import DRY, EVALUATION, Objects
from functions.monitors.evaluation import Rule, asked, evaluate
from functions.monitors.measuring import Measurer
from functions.monitors.operations import stored_monitor
from functions.monitors.references import convertible, exists
from functions.monitors.seen import seen


@dataclass(frozen=True)
class Definition:
    """A rule without a monitor."""

    monitor_type: Kind
    object_id: str
    conditions: tuple[Condition, ...]
    join: Join


class DryRuns:
    """A run that takes longer than `answer_within_s` is given up."""

    def __init__(self, table: Table, engine: Engine, answer_within_s: float) -> None:
        self._table, self._engine, self._limit_s = table, engine, answer_within_s

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {"POST /api/monitor-evaluations": self.evaluate}

    def evaluate(self, request: Request) -> Response:
        """Nothing is written and nobody is told."""
        data = DRY.read(request)
        given, account_id = data.attributes, request.account_id
        as_of = request.now
        if given.at is not None:
            at = parse_instant(given.at)
            if at is None or at > request.now:
                raise Rejected("`at` must be a date and time that is not in the future.", field=f"{ATTRIBUTES}/at")
            as_of = at
        rule = self._rule(account_id, given, data.relationships)
        account = seen(self._table, self._engine, account_id, as_of)
        try:
            measured = Measurer(self._table, self._engine, account_id, account, limit_s=self._limit_s).measure(asked(rule))
        except TooSlow as error:
            raise Rejected(f"This takes longer than {self._limit_s:g} s to find out.", field=ATTRIBUTES) from error
        result = evaluate(rule, measured, account).shown
        attributes = {**result, "monitor_type": rule.monitor_type, "join": rule.join, "computed_at": format_instant(request.now)}
        return Response(document=self._document(request, given.monitor_id, rule, attributes))

    def _rule(self, account_id: str, given: bodies.Dry, objects: Objects) -> Rule:
        if given.monitor_id is not None:
            if given.conditions is not None or given.monitor_type is not None:
                raise Rejected("Give either monitor_id, or monitor_type and conditions.", field=f"{ATTRIBUTES}/monitor_id")
            return stored_monitor(self._table, account_id, given.monitor_id, f"{ATTRIBUTES}/monitor_id").thing
        if given.monitor_type is None or given.conditions is None:
            missing = "monitor_type" if given.monitor_type is None else "conditions"
            raise Rejected("Give either monitor_id, or monitor_type and conditions.", field=f"{ATTRIBUTES}/{missing}")
        conditions = bodies.conditions(given.monitor_type, given.conditions)
        definition = Definition(given.monitor_type, bodies.needed(objects, given.monitor_type), conditions, given.join)
        exists(self._table, account_id, definition.monitor_type, definition.object_id)
        convertible(self._table, account_id, conditions)
        return definition

    def _document(self, request: Request, monitor_id: str | None, rule: Rule, attributes: Json) -> Json:
        """An evaluation has no address: it is not kept."""
        url = f"{request.base_url}/api/monitor-evaluations"
        related: Json = {rule.monitor_type: {"data": identifier(rule.monitor_type, rule.object_id)}}
        if monitor_id is not None:
            link = {"related": f"{request.base_url}/api/monitors/{monitor_id}"}
            related["monitor"] = {"data": identifier("monitor", monitor_id), "links": link}
        data: Json = {"type": EVALUATION, "id": new_short_id(), "attributes": attributes, "relationships": related}
        return {"data": {**data, "links": {"self": url}}, "links": {"self": url}}
