"""Definitions in action: queries for all profiles, and the predicate for one. All mean the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cdp.filters.placeholders import Placeholders
from cdp.query.sql import Query
from functions.audiences.conditions.condition import Condition, Facts, Part
from functions.audiences.conditions.condition import Context as Context
from functions.audiences.conditions.history import current
from functions.audiences.definition import Definition


def query(definition: Definition, context: Context) -> Query:
    """One column `profile_no`: the living profiles that the segment holds, each once."""
    names, parts, tables = _parts((definition,), context)
    texts = {one: _member(parts[one], name) for one, name in names.items()}
    text = f"SELECT profile_no FROM living WHERE {_whole(definition, texts)}"
    return Placeholders().select(text, tables)


def matrix(definitions: Sequence[Definition], context: Context) -> Query:
    """Several segments at once; a condition that they share is looked up once. Columns `profile_no` and, for
    each definition in turn, `s0`, `s1`, …: is the profile in it? Living profiles that are in any of them."""
    names, parts, tables = _parts(definitions, context)
    flags = ", ".join(f"{_member(parts[one], name)} AS is_{name}" for one, name in names.items())
    texts = {one: f"is_{name}" for one, name in names.items()}
    wholes = [f"{_whole(one, texts)} AS s{n}" for n, one in enumerate(definitions)]
    source = f"SELECT profile_no, {', '.join(wholes)} FROM (SELECT profile_no, {flags} FROM living) AS flags"
    columns = [f"s{n}" for n in range(len(definitions))]
    text = f"SELECT profile_no, {', '.join(columns)} FROM ({source}) AS wholes WHERE {' OR '.join(columns)}"
    return Placeholders().select(text, tables)


def holds(definition: Definition, facts: Facts, context: Context) -> bool:
    """Is this profile in the segment?"""
    return all(any(condition.holds(facts, context) for condition in group) for group in definition.groups)


def _parts(
    definitions: Sequence[Definition], context: Context
) -> tuple[Mapping[Condition, str], Mapping[Condition, Part], dict[str, Query]]:
    """Every different condition with its name and its part, and the tables of the query."""
    conditions = dict.fromkeys(one for definition in definitions for one in definition.conditions)
    names = {one: f"c{n}" for n, one in enumerate(conditions)}
    parts = {one: one.part(context) for one in conditions}
    tables = {"living": current("created")} | {names[one]: part.query for one, part in parts.items()}
    return names, parts, tables


def _member(part: Part, name: str) -> str:
    return f"profile_no {'NOT IN' if part.negated else 'IN'} (SELECT profile_no FROM {name})"


def _whole(definition: Definition, texts: Mapping[Condition, str]) -> str:
    """Groups ANDed, the conditions of each ORed."""
    return " AND ".join(f"({' OR '.join(texts[one] for one in group)})" for group in definition.groups)
