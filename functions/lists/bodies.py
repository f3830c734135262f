"""Bodies of the list operations. Pure."""

from __future__ import annotations

from typing import Literal

import msgspec

from cdp.documents.lists import OptIn
from cdp.errors import Rejected, not_found
from cdp.jsonapi.bodies import Body, Changed, New, ToMany
from cdp.model.ids import profile_no

MAX_MEMBERS = 1000


class _Given(msgspec.Struct, gc=False):
    name: str
    opt_in_process: OptIn | None = None


class _Changed(msgspec.Struct, gc=False):
    """What is absent or null stays."""

    name: str | None = None
    opt_in_process: OptIn | None = None


new_list = Body("list", New[_Given])
list_change = Body("list", Changed[_Changed])
members = msgspec.json.Decoder(ToMany[Literal["profile"]])


def profile_numbers(document: ToMany[Literal["profile"]], account_id: str) -> dict[int, int]:
    """Profile number -> its first position in the body; an id that cannot be one of the account's is refused."""
    if not 1 <= len(document.data) <= MAX_MEMBERS:
        raise Rejected(f"Between 1 and {MAX_MEMBERS} profiles are taken in one call.", field="/data")
    numbers: dict[int, int] = {}
    for at, profile in enumerate(document.data):
        no = profile_no(account_id, profile.id)
        if no is None:
            raise not_found("profile", profile.id, field=f"/data/{at}/id")
        numbers.setdefault(no, at)
    return numbers
