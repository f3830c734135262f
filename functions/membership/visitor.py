"""Who visits a page, going by what the browser says (SPEC §19).

Only an exchange id and an anonymous id are keys, and only where a private key has linked them to a profile.
Whatever else the browser names, or whoever is in no group, gets the same answer for the same work: nothing can
be learned by trying.
"""

from __future__ import annotations

import re

from cdp.documents import memberships, merges, profiles
from cdp.errors import Rejected
from cdp.jsonapi.params import Params
from cdp.ports import Table

MAX_IDS = 50
NOBODY = merges.ERASED
_REFUSED = ("email", "phone_number", "phone", "external_id", "id", "profile_id", "push_token")
_ADDRESS = re.compile(r"[^@]*@.*|[\s+]+[\d\s().-]{7,}", re.DOTALL)  # a plus sign may arrive as a blank
_MAX_CHARS = 255
_MAX_ID_CHARS = 64


class Keys:
    """What a browser may say of its visitor. Longer or empty values are nobody's."""

    def __init__(self, params: Params) -> None:
        for name in _REFUSED:
            if params.first(name) is not None:
                raise _refused(name)
        self.exchange_id = _key(params, "exchange_id")
        self.anonymous_id = _key(params, "anonymous_id")


def group_ids(params: Params) -> tuple[str, ...]:
    """The groups asked for; more than 50 are as good as none."""
    ids = params.listed("ids")
    return () if len(ids) > MAX_IDS else tuple(id_ for id_ in ids if len(id_) <= _MAX_ID_CHARS)


def find(table: Table, account_id: str, keys: Keys) -> int:
    """The visitor's profile, or NOBODY. The exchange id counts first."""
    wanted = [("kx", keys.exchange_id), ("anonymous_id", keys.anonymous_id)]
    owners, trusted = profiles.find_links(table, account_id, wanted)
    known = [owners[identity] for identity in wanted if identity in trusted]
    no = next(iter(known), NOBODY)
    return merges.successors(table, account_id, [no]).get(no, no)


def memberships_of(table: Table, account_id: str, no: int, ids: tuple[str, ...]) -> list[str]:
    """Those of the groups that the profile is in, in the order of `ids`."""
    joined = memberships.joined_at(table, account_id, [(id_, no) for id_ in ids])
    return [id_ for id_ in ids if (id_, no) in joined]


def _key(params: Params, name: str) -> str:
    value = params.first(name) or ""
    if _ADDRESS.fullmatch(value):
        raise _refused(name)
    return value if len(value) <= _MAX_CHARS else ""


def _refused(name: str) -> Rejected:
    return Rejected(
        "A visitor is looked up by exchange_id or anonymous_id only, never by an address or another identifier.",
        parameter=name,
    )
