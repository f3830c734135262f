"""Error documents (SPEC §1.3)."""

from __future__ import annotations

import re
import uuid
from typing import TypeVar

import msgspec

from cdp.errors import Rejected

_PATH = re.compile(r" - at `\$?([^`]*)`$")
_STEP = re.compile(r"\[(\d+|\.\.\.)\]|\.([^.\[\]]+)")
T = TypeVar("T")


def error_document(*errors: Rejected) -> bytes:
    """The JSON:API error document for one or more errors."""
    return msgspec.json.encode({"errors": [_error(error) for error in errors]})


def _error(error: Rejected) -> dict[str, object]:
    source: dict[str, str] = {}
    if error.field is not None:
        source["pointer"] = error.field
    if error.parameter is not None:
        source["parameter"] = error.parameter
    return {
        "id": str(uuid.uuid4()),
        "status": error.status,
        "code": error.code,
        "title": error.title,
        "detail": error.message,
        "source": source,
        "links": {},
        "meta": error.meta,
    }


def decode(decoder: msgspec.json.Decoder[T], body: bytes | msgspec.Raw, base: str = "") -> T:
    """The body, or the part of it that `base` points to, as the decoder's type; a violation is `Rejected`."""
    try:
        return decoder.decode(body)
    except msgspec.DecodeError as error:  # includes ValidationError
        raise from_validation_error(error, base) from error
    except RecursionError as error:
        raise Rejected("The body is nested too deeply.", field=base or "/") from error


def from_validation_error(error: msgspec.DecodeError, base: str = "") -> Rejected:
    """Turn msgspec's message ("… - at `$.data.attributes`") into a `Rejected` with a JSON pointer.

    For a missing or an unknown field the pointer names the field itself. msgspec leaves out list positions inside some
    containers; the pointer then ends at the container. `base` is put in front of the pointer.
    """
    text = str(error)
    if not isinstance(error, msgspec.ValidationError):
        return Rejected(f"The body is not valid JSON: {text}", field=base or "/")
    found = _PATH.search(text)
    steps = [number or name for number, name in _STEP.findall(found.group(1))] if found else []
    detail = _PATH.sub("", text)
    if named := re.search(r"(?:missing required|contains unknown) field `([^`]+)`", detail):
        steps.append(named.group(1))
    if "..." in steps:
        steps = steps[: steps.index("...")]
    pointer = base + "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)
    return Rejected(detail.rstrip(".") + ".", field=pointer or "/")
