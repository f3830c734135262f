"""The values of functions' environments: secrets, never in the table, in logs or in answers.

Every change writes all pairs anew under a fresh token, which the function's document then names: a reader of one document
sees one environment, whole. Values are split over several secrets, because one holds 64 KB at most.
"""

from __future__ import annotations

import json
import secrets as random
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

import msgspec

from cdp.documents.code_functions import Environment
from cdp.errors import Unavailable
from cdp.ports import Secrets

_PART_BYTES = 60_000
_SHORTEST = 4  # characters of a value that is looked for in what a function says: shorter ones are everywhere
_SHORTEST_LINE = 12  # the same of a line of a value of several: "print" hands over line by line
_MASK = "***"
_pairs = msgspec.json.Decoder(dict[str, str])


def get(secrets: Secrets, account_id: str, function_id: str, environment: Environment) -> dict[str, str]:
    """The pairs. `Unavailable` if they are not there any more: the function has changed since it was read."""
    found: dict[str, str] = {}
    for part in range(environment.parts):
        text = secrets.get(_name(account_id, function_id, environment.token, part))
        if text is None:
            raise Unavailable("the function's environment is being changed at this moment", retry_after_s=1)
        found |= _pairs.decode(text)
    return found


def put(secrets: Secrets, account_id: str, function_id: str, pairs: Mapping[str, str]) -> Environment:
    """Write the pairs; what the function's document is to say of them."""
    if not pairs:
        return Environment()
    token = random.token_hex(8)
    parts = list(_split(pairs))
    for number, part in enumerate(parts):
        secrets.put(_name(account_id, function_id, token, number), msgspec.json.encode(part).decode())
    return Environment(tuple(sorted(pairs)), token, len(parts))


def remove(secrets: Secrets, account_id: str, function_id: str, environment: Environment) -> None:
    """Of a function that is deleted, or whose document names another one."""
    for part in range(environment.parts):
        secrets.delete(_name(account_id, function_id, environment.token, part))


class Mask:
    """Takes the values of an environment out of what a function says, also as they stand in JSON, code and addresses."""

    def __init__(self, values: Iterable[str]) -> None:
        spelt = {text for one in values if len(one) >= _SHORTEST for text in _spellings(one)}
        self._values = sorted(spelt, key=len, reverse=True)

    def text(self, text: str) -> str:
        for one in self._values:
            text = text.replace(one, _MASK)
        return text

    def json(self, raw: msgspec.Raw) -> msgspec.Raw:
        """The same for all strings and names of a JSON value."""
        return raw if not self._values else msgspec.Raw(msgspec.json.encode(self._walk(msgspec.json.decode(raw))))

    def _walk(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self._walk(one) for one in value]
        if isinstance(value, dict):
            return {self.text(name): self._walk(one) for name, one in value.items()}
        return value


def _spellings(value: str) -> Iterator[str]:
    """The value, and what encoders make of it."""
    yield from (value, quote(value, errors="replace"), quote(value, "", errors="replace"), quote_plus(value, errors="replace"))
    yield from (text[1:-1] for text in (repr(value), json.dumps(value), json.dumps(value, ensure_ascii=False)))
    yield from (line for line in value.splitlines() if len(line) >= _SHORTEST_LINE)


def _split(pairs: Mapping[str, str]) -> Iterable[dict[str, str]]:
    part: dict[str, str] = {}
    size = 0
    for name, value in pairs.items():
        needed = len(msgspec.json.encode({name: value}))
        if part and size + needed > _PART_BYTES:
            yield part
            part, size = {}, 0
        part[name] = value
        size += needed
    yield part


def _name(account_id: str, function_id: str, token: str, part: int) -> str:
    return f"functions/{account_id}/{function_id}/{token}/{part}"
