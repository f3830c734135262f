"""What a transformation would do: pairs of before and after, nothing stored."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from cdp.documents import profile_orders, profiles
from cdp.errors import Rejected
from cdp.jsonapi.documents import Json, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.model.profile import Profile
from cdp.ports import ItemQuery, Table
from cdp.transformations.definition import Definition, Merge
from cdp.transformations.transformer import Preview
from functions.transform import bodies

TYPE = "data-transformation-preview"
DEFAULT_SAMPLE, MAX_SAMPLE, MAX_VALUES = 10, 100, 100
LOOKED_AT = 2_000  # profiles, for a sample
_PAGE = 200


class Previews:
    def __init__(self, table: Table) -> None:
        self._table = table

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {"POST /api/data-transformation-previews": self.preview}

    def preview(self, request: Request) -> Response:
        asked = bodies.preview.read(request).attributes
        definition = bodies.definition(asked.definition, f"{bodies.AT}/definition")
        if asked.values is not None and asked.sample is not None:
            raise Rejected("Give values or sample, not both.", field=f"{bodies.AT}/sample")
        if asked.values is not None:
            pairs = _of_values(definition, asked.values)
        else:
            pairs = self._sampled(request.account_id, definition, _size(asked.sample))
        attributes: Json = {"results": pairs}
        resource: Json = {"type": TYPE, "id": str(uuid.uuid4()), "attributes": attributes,
                          "links": {"self": f"{request.base_url}{request.raw_path}"}}  # fmt: skip
        return Response(document=single(request, resource))

    def _sampled(self, account_id: str, definition: Definition, size: int) -> list[Json]:
        preview, pairs = Preview(definition), []
        for profile in self._recent(account_id):
            before = preview.before(profile)
            if before is not None:
                pairs.append(_pair(preview, before))
                if len(pairs) == size:
                    break
        return pairs

    def _recent(self, account_id: str) -> Iterator[Profile]:
        """The profiles last changed, newest first, as many as are looked at."""
        order = profile_orders.order("updated", suppressed=False)
        query = ItemQuery(order.partition(account_id), order.index, descending=True, limit=_PAGE)
        for _ in range(LOOKED_AT // _PAGE):
            states = profiles.page(self._table, account_id, order, query)
            yield from (state.profile for state in states)
            if len(states) < _PAGE:
                return
            last = states[-1].profile
            key = order.key(account_id, last) or ""
            query = replace(query, after=order.position(account_id, key, last.no))


def _size(sample: int | None) -> int:
    if sample is None:
        return DEFAULT_SAMPLE
    if not 1 <= sample <= MAX_SAMPLE:
        raise Rejected(f"A sample is 1 to {MAX_SAMPLE} profiles.", field=f"{bodies.AT}/sample")
    return sample


def _of_values(definition: Definition, values: list[Any]) -> list[Json]:
    """A merge takes objects: property -> value."""
    if not 1 <= len(values) <= MAX_VALUES:
        raise Rejected(f"A preview takes 1 to {MAX_VALUES} values.", field=f"{bodies.AT}/values")
    for position, value in enumerate(values):
        if isinstance(definition, Merge) and not isinstance(value, dict):
            raise Rejected("A merge takes objects: property to value.", field=f"{bodies.AT}/values/{position}")
    preview = Preview(definition)
    return [_pair(preview, value) for value in values]


def _pair(preview: Preview, before: Any) -> Json:
    return {"before": before, "after": preview.after(before)}
