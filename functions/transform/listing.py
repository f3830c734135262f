"""A page of transformations. An account has a few dozen: they are filtered and sorted where they are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from cdp.documents.transformations import Kept
from cdp.jsonapi.cursors import Part
from cdp.jsonapi.front import Request
from cdp.jsonapi.matrix import INSTANT, TEXT, Condition, Filters, one_of
from cdp.jsonapi.paging import Page, Slice, read_page
from cdp.jsonapi.times import epoch_us, format_instant
from cdp.transformations.definition import method_of, sources_of

PAGE, MAX_PAGE = 20, 100
_TIMES = ("equals", "greater-than", "less-than")
FILTERS = Filters({
    "id": TEXT("any", "equals"),
    "name": TEXT("any", "contains", "ends-with", "equals", "starts-with"),
    "method": one_of(("format", "standardize", "merge"), "any", "equals"),
    "status": one_of(("in_progress", "active", "inactive"), "any", "equals"),
    "property": TEXT("any", "equals"),
    "created": INSTANT(*_TIMES),
    "updated": INSTANT(*_TIMES),
})  # fmt: skip
SORTS: Mapping[str, Callable[[Kept], Part]] = {
    "created": lambda kept: epoch_us(kept.transformation.created),
    "id": lambda kept: kept.transformation.id,
    "name": lambda kept: kept.transformation.name.casefold(),
    "status": lambda kept: kept.status,
    "updated": lambda kept: epoch_us(kept.transformation.updated),
}


def page_of(request: Request, everything: Sequence[Kept]) -> Page[Kept]:
    conditions = request.params.filter(FILTERS)
    sort = request.params.sort(tuple(SORTS), "-created")
    key = SORTS[sort.field]
    matching = [kept for kept in everything if all(_holds(kept, condition) for condition in conditions)]

    def position(kept: Kept) -> tuple[Part, ...]:
        return key(kept), kept.transformation.id

    def read(part: Slice) -> list[Kept]:
        rows = sorted(matching, key=position, reverse=part.descending)
        if part.after is not None:
            after = _comparable(part.after)
            rows = [row for row in rows if (_comparable(position(row)) < after if part.descending else _comparable(position(row)) > after)]
        return rows[: part.limit]

    size, cursor = request.params.page_size(PAGE, MAX_PAGE), request.params.cursor(sort)
    return read_page(read, position, sort=sort, size=size, cursor=cursor)


def _comparable(position: tuple[Part, ...]) -> tuple[tuple[bool, Part], ...]:
    """A cursor that was tampered with may hold text where a number belongs."""
    return tuple((isinstance(part, str), part) for part in position)


def _holds(kept: Kept, condition: Condition) -> bool:
    one = kept.transformation
    match condition.field:
        case "created" | "updated":
            return _compared(format_instant(getattr(one, condition.field)), condition)
        case "property":
            return any(name in condition.values for name in sources_of(one.definition))
        case "method":
            return method_of(one.definition) in condition.values
        case "status":
            return kept.status in condition.values
        case "id":
            return one.id in condition.values
    return _text_holds(one.name, condition)


def _text_holds(name: str, condition: Condition) -> bool:
    held, asked = name.casefold(), [str(value).casefold() for value in condition.values]
    match condition.operator:
        case "contains":
            return asked[0] in held
        case "starts-with":
            return held.startswith(asked[0])
        case "ends-with":
            return held.endswith(asked[0])
    return held in asked


def _compared(held: str, condition: Condition) -> bool:
    """Times are compared as they are shown: in whole seconds (docs/adr/0042)."""
    asked = format_instant(condition.value)  # type: ignore[arg-type]
    return {
        "equals": held == asked,
        "greater-than": held > asked,
        "greater-or-equal": held >= asked,
        "less-than": held < asked,
        "less-or-equal": held <= asked,
    }[condition.operator]
