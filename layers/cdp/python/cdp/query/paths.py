"""Paths to nested properties: keys, Trino's JSON path, and the JSON pointer that DuckDB takes."""

from __future__ import annotations

from sqlglot import exp


class NotKeys(ValueError):
    """The path is not made of keys alone. Positions in arrays are not portable."""


def json_path(*keys: str) -> str:
    """The path of a nested property, for json_extract_scalar: ("a b", "c") -> $["a b"]["c"]."""
    return "$" + "".join('["' + key.replace("\\", "\\\\").replace('"', '\\"') + '"]' for key in keys)


def parse_path(path: str) -> list[str]:
    """Inverse of `json_path`."""
    keys: list[str] = []
    at = 1
    while at < len(path):
        if not path.startswith('["', at):
            raise NotKeys(f'write the JSON path {path} as $["key"]')
        key, at = "", at + 2
        while not path.startswith('"]', at):
            at += path[at : at + 1] == "\\"
            if at >= len(path):
                raise NotKeys(f"the JSON path {path} has no end")
            key, at = key + path[at], at + 1
        keys.append(key)
        at += 2
    return keys


def pointer(keys: list[str]) -> str:
    """RFC 6901 pointer of these keys."""
    return "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in keys)


def keys_of(path: exp.Expr) -> list[str]:
    """The keys of a path in a tree, as text or as the parser took it apart: $["a b"].c -> a b, c."""
    if path.is_string:
        return parse_path(path.name)
    if isinstance(path, exp.JSONPath):
        keys = [step.this for step in path.expressions if isinstance(step, exp.JSONPathKey)]
        if len(keys) == len(path.expressions) - 1:
            return keys
    raise NotKeys(f"the JSON path {path.sql('trino')} is not made of keys")
