"""Where DuckDB differs from Trino in JSON, arrays of JSON and regular expressions; parts of `rules`."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from cdp.query.paths import keys_of, pointer
from cdp.query.plans import put


def shown_json(node: exp.Expr) -> None:
    """Text as it is and all else as JSON, read at once: this is what ->> gives."""
    if not (isinstance(node, exp.Coalesce) and isinstance(node.this, exp.JSONExtractScalar)):
        return
    scalar, written = node.this, node.expressions[0]
    if not (isinstance(written, exp.Nullif) and written.expression.is_string and written.expression.name == "null"):
        return
    extracted = written.this.this if isinstance(written.this, exp.JSONFormat) else None
    if not isinstance(extracted, exp.JSONExtract) or extracted.this != scalar.this:
        return
    keys = keys_of(scalar.expression)
    if keys_of(extracted.expression) == keys:
        path = exp.Literal.string(pointer(keys))
        text = exp.Anonymous(this="json_extract_string", expressions=[scalar.this.copy(), path])
        put(node, exp.Coalesce(this=text, expressions=[one.copy() for one in node.expressions[1:]]), node.type)


def scalar_json(node: exp.Expr) -> None:
    """json_extract_scalar is null for objects and arrays in Trino; DuckDB's ->> gives their text. The path
    becomes a JSON pointer, which takes any key.

    Where it is a column of its own, what was found is read a second time only if it looks like an object or an array:
    three quarters of the cost. (Inside other expressions DuckDB would do the first reading thrice.)
    """
    if not isinstance(node, exp.JSONExtractScalar):
        return
    path = exp.Literal.string(pointer(keys_of(node.expression)))
    value = exp.Anonymous(this="json_value", expressions=[node.this.copy(), path])
    text: exp.Expr = exp.Anonymous(this="json_extract_string", expressions=[value, exp.Literal.string("$")])
    if isinstance(node.this, exp.Column) and isinstance(node.parent, exp.Alias):
        shown = exp.Anonymous(this="json_extract_string", expressions=[node.this.copy(), path.copy()])
        begins = [exp.Anonymous(this="starts_with", expressions=[shown.copy(), exp.Literal.string(one)]) for one in "{["]
        text = exp.Case(ifs=[exp.If(this=exp.or_(*begins), true=text)], default=shown)
    put(node, text, node.type)


def extracted_json(node: exp.Expr) -> None:
    """json_extract with a JSON pointer instead of a path, which takes any key."""
    if isinstance(node, exp.JSONExtract) and not isinstance(node, exp.JSONExtractScalar):
        path = exp.Literal.string(pointer(keys_of(node.expression)))
        put(node, exp.Anonymous(this="json_extract", expressions=[node.this.copy(), path]), node.type)


def formatted_json(node: exp.Expr) -> None:
    """json_format is a cast in DuckDB, where JSON is text."""
    if isinstance(node, exp.JSONFormat):
        put(node, exp.cast(node.this.copy(), "VARCHAR"), exp.DataType.build("VARCHAR"))


DUCKDB: tuple[Callable[[exp.Expr], None], ...] = (
    scalar_json,
    extracted_json,
    formatted_json,
)
