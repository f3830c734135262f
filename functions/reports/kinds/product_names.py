"""Events under names of products and categories, for tallies in DuckDB: what `_MEMBERS` of product_performance_sql does there.

A list of categories is taken apart once, however many events have it.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from functions.reports.tally import Unclear

_PLAIN = re.compile("true|false|0|-?[1-9][0-9]{0,17}")


def plainly_named(rows: pa.Table) -> pa.Table:
    """The same rows, if no name may be an object or an array, which name no product."""
    if any(text[:1] in ("{", "[") for text in _values(rows["name"])):
        raise Unclear
    return rows


def under_names(rows: pa.Table) -> pa.Table:
    """Each row as often as it has names, with each of them as `name`: the one that it has, or those of its list
    `own`; the empty one if there are none."""
    if "name" not in rows.column_names:
        rows = rows.append_column("name", pa.chunked_array([pa.nulls(rows.num_rows, rows["own"].type)]))
    names, lists = (_values(rows[column]) for column in ("name", "own"))
    places: dict[str, int] = {}
    labels = [[name] for name in names] + [categories(text) or [""] for text in lists] + [[""]]
    spans = [[places.setdefault(label, len(places)) for label in some] for some in labels]
    span = _places(rows["own"], len(names), len(spans) - 1)
    if rows["name"].null_count < len(span):
        name = _places(rows["name"], 0, -1)
        span = np.where(name < 0, span, name)
    lengths = np.array([len(one) for one in spans])
    flat = np.array([place for one in spans for place in one], np.int32)
    starts = np.cumsum(lengths) - lengths
    counts = lengths[span]
    if counts.max(initial=1) == 1:
        found = flat[starts[span]]
    else:
        events = np.repeat(np.arange(len(span)), counts)
        within = np.arange(len(events)) - np.repeat(np.cumsum(counts) - counts, counts)
        rows, found = rows.take(pa.array(events)), flat[starts[span][events] + within]
    coded = pa.DictionaryArray.from_arrays(pa.array(found), pa.array(list(places), pa.string()))
    return rows.drop_columns(["name", "own"]).append_column("name", coded)


def _values(coded: Any) -> list[str]:
    """The different texts of a column, the same in all its chunks."""
    values: list[str] = coded.chunk(0).dictionary.to_pylist() if coded.num_chunks else []
    return values


def _places(coded: Any, first: int, none: int) -> Any:
    """The place of each row's text, the first one at `first`; `none` where there is no text."""
    indices = pa.chunked_array([chunk.indices for chunk in coded.chunks], pa.int32())
    return indices.fill_null(none - first).to_numpy() + first


def categories(listed: str) -> list[str]:
    """The labels of a list, as the engine wrote it; none of the empty text."""
    if not listed:
        return []
    if "\\u" in listed:
        raise Unclear
    labels: dict[str, None] = {}
    for member in msgspec.json.decode(listed if listed[:1] == "[" else f"[{listed}]", type=list[msgspec.Raw]):
        label = bytes(member).decode()
        if label[:1] == '"':
            label = msgspec.json.decode(member, type=str)
        elif label == "null":
            continue
        elif not _PLAIN.fullmatch(label):
            raise Unclear
        labels[label] = None
    return list(labels)
