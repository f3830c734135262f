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
    name = _coded(rows["name"])
    if any(text[:1] in ("{", "[") for text in name.dictionary.to_pylist()):
        raise Unclear
    return rows.drop_columns("name").append_column("name", name)


def under_names(rows: pa.Table) -> pa.Table:
    """Each row as often as it has names, with each of them as `name`: the one that it has, or those of its list
    `own`; the empty one if there are none."""
    names, lists = (_coded(rows[column]) for column in ("name", "own"))
    places: dict[str, int] = {}
    given = [[places.setdefault(name or "", len(places))] for name in names.dictionary.to_pylist()]
    of_lists = [
        [places.setdefault(label, len(places)) for label in (() if text is None else categories(text)) or ("",)]
        for text in lists.dictionary.to_pylist()
    ]
    spans = [*given, *of_lists]
    named = names.dictionary.is_valid().to_numpy(zero_copy_only=False)
    own, place = lists.indices.to_numpy(), names.indices.to_numpy()
    span = np.where(named[place], place, own + len(given))
    lengths = np.array([len(one) for one in spans])
    flat = np.array([place for one in spans for place in one], np.int32)
    starts = np.cumsum(lengths) - lengths
    if lengths[span].max() == 1:
        found = flat[starts[span]]
    else:
        counts = lengths[span]
        events = np.repeat(np.arange(len(span)), counts)
        within = np.arange(len(events)) - np.repeat(np.cumsum(counts) - counts, counts)
        rows, found = rows.take(pa.array(events)), flat[starts[span][events] + within]
    coded = pa.DictionaryArray.from_arrays(pa.array(found), pa.array(list(places), pa.string()))
    return rows.drop_columns(["name", "own"]).append_column("name", coded)


def _coded(column: Any) -> Any:
    """A column as a dictionary, null among its values."""
    coded = column.dictionary_encode("encode").combine_chunks()
    return pa.concat_arrays(coded.chunks) if isinstance(coded, pa.ChunkedArray) else coded


def categories(listed: str) -> list[str]:
    """The labels of a list, as the engine wrote it."""
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
