"""A definition in action: the query for all profiles, and the predicate for one. Both mean the same."""

from __future__ import annotations

from cdp.filters.placeholders import Placeholders
from cdp.query.sql import Query
from functions.audiences.conditions.condition import Context as Context
from functions.audiences.conditions.condition import Facts
from functions.audiences.conditions.history import current
from functions.audiences.definition import Definition


def query(definition: Definition, context: Context) -> Query:
    """One column `profile_no`: the living profiles that the segment holds, each once."""
    parts: dict[str, Query] = {"living": current("created")}
    groups = []
    for group in definition.groups:
        terms = []
        for condition in group:
            part, name = condition.part(context), f"c{len(parts) - 1}"
            parts[name] = part.query
            terms.append(f"profile_no {'NOT IN' if part.negated else 'IN'} (SELECT profile_no FROM {name})")
        groups.append(f"({' OR '.join(terms)})")
    return Placeholders().select(f"SELECT profile_no FROM living WHERE {' AND '.join(groups)}", parts)


def holds(definition: Definition, facts: Facts, context: Context) -> bool:
    """Is this profile in the segment?"""
    return all(any(condition.holds(facts, context) for condition in group) for group in definition.groups)
