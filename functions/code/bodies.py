"""Bodies of the operations on functions, and what of them can be checked without looking anything up. Pure.

In a trigger an unknown name is an error, because a misspelt filter would let everything through.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Raw

from cdp.code.job import Runtime
from cdp.documents.code_functions import Status, Trigger
from cdp.documents.function_versions import MAX_CODE_BYTES
from cdp.errors import Rejected
from cdp.filters import grammar
from cdp.filters.events import GivenFilter, read_filters
from cdp.jsonapi.bodies import ATTRIBUTES, Body, New

MAX_TRIGGER_BYTES = 50_000
MOST_PAIRS, MAX_PAIR_BYTES, MAX_ENVIRONMENT_NAME = 64, 5 * 1024, 255
CODE, TRIGGER, ENVIRONMENT = f"{ATTRIBUTES}/code", f"{ATTRIBUTES}/trigger", f"{ATTRIBUTES}/environment"
_RUNTIMES: Mapping[str, Runtime] = {
    "python": "python",
    "python3.11": "python",
    "javascript": "javascript",
    "nodejs": "javascript",
}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_RESERVED = ("AWS_", "LAMBDA_", "LD_", "PYTHON")

Pairs = dict[str, str | None]
Timeout = Annotated[float, Meta(ge=1, le=15)]
Memory = Annotated[int, Meta(ge=128, le=256)]
RuntimeName = Literal["python", "javascript", "python3.11", "nodejs"]


class GivenTrigger(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    metric_id: str
    filters: list[GivenFilter] = []


class NewFunction(msgspec.Struct, frozen=True):
    name: str
    runtime: RuntimeName
    code: str
    trigger: GivenTrigger
    environment: Pairs = {}
    status: Status = "draft"
    timeout_s: Timeout = 5.0
    memory_mb: Memory = 128


class FunctionChange(msgspec.Struct, frozen=True):
    """None leaves things as they are. Of the environment, pairs are added and replaced, and null removes one."""

    name: str | None = None
    runtime: RuntimeName | None = None
    code: str | None = None
    trigger: GivenTrigger | None = None
    environment: Pairs = {}
    status: Status | None = None
    timeout_s: Timeout | None = None
    memory_mb: Memory | None = None


class Wanted(msgspec.Struct, frozen=True):
    """A version; None: the newest to be published, the one before to be gone back to."""

    version: Annotated[int, Meta(ge=1)] | None = None


class Trial(msgspec.Struct, frozen=True):
    """The function is called with the stored event, or with the payload, or with null. `code` is tried instead of a
    version. `recorded`: answers to requests, by "METHOD url"."""

    function_id: str | None = None
    event_id: str | None = None
    payload: Raw = Raw()
    version: Annotated[int, Meta(ge=1)] | None = None
    code: str | None = None
    recorded: dict[str, Raw] = {}


class Replay(msgspec.Struct, frozen=True):
    """None: all dead letters."""

    ids: Annotated[list[str], Meta(min_length=1, max_length=100)] | None = None


new_function = Body("function", New[NewFunction])
function_change = Body("function", New[FunctionChange])
publication = Body("function", New[Wanted])
trial = Body("function-test", New[Trial])
replay = Body("function-replay", New[Replay])


def runtime_of(name: RuntimeName) -> Runtime:
    return _RUNTIMES[name]


def checked_code(code: str) -> str:
    size = len(code.encode())
    if size > MAX_CODE_BYTES:
        raise Rejected(f"The code has {size} bytes; at most {MAX_CODE_BYTES} are possible.", field=CODE)
    if not code.strip():
        raise Rejected("The code is empty.", field=CODE)
    return code


def checked_trigger(given: GivenTrigger) -> Trigger:
    """As it is stored; that its metric exists is for the caller to see."""
    read_filters(given.filters, f"{TRIGGER}/filters", grammar.EVENT_PROPERTY)
    trigger = Trigger(given.metric_id, tuple(_kept(one) for one in given.filters))
    if len(msgspec.json.encode(trigger)) > MAX_TRIGGER_BYTES:
        raise Rejected(f"The filters have at most {MAX_TRIGGER_BYTES} bytes together.", field=f"{TRIGGER}/filters")
    return trigger


def _kept(one: GivenFilter) -> dict[str, Any]:
    return {"property": one.property} if one.filter is None else {"property": one.property, "filter": one.filter}


def changed_pairs(held: Mapping[str, str], given: Pairs) -> dict[str, str]:
    """The environment with the pairs that are given; null removes one."""
    for name, value in given.items():
        _check_pair(name, value)
    after = {name: value for name, value in {**held, **given}.items() if value is not None}
    if len(after) > MOST_PAIRS:
        raise Rejected(f"An environment has at most {MOST_PAIRS} pairs.", field=ENVIRONMENT)
    return after


def _check_pair(name: str, value: str | None) -> None:
    at = f"{ENVIRONMENT}/{name[:100].replace('~', '~0').replace('/', '~1')}"
    if not _NAME.fullmatch(name) or len(name) > MAX_ENVIRONMENT_NAME:
        raise Rejected(
            f"A name has letters, digits and _, begins with no digit, and has at most {MAX_ENVIRONMENT_NAME} characters.",
            field=at,
        )
    if name.upper().startswith(_RESERVED):
        raise Rejected(f"Names that begin with {', '.join(_RESERVED)} are not possible.", field=at)
    if value is None:
        return
    if "\0" in value:
        raise Rejected("A value has no null character.", field=at)
    if len(name) + len(value.encode()) > MAX_PAIR_BYTES:
        raise Rejected(f"A pair has at most {MAX_PAIR_BYTES} bytes.", field=at)
