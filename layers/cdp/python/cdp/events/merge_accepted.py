from __future__ import annotations

import msgspec


class MergeAccepted(msgspec.Struct, frozen=True, tag="MergeAccepted", tag_field="type"):
    """The profile `source` becomes part of `destination` (numbers). Sent to `profiles`: by itself for the API, by
    `record` for an anonymous visitor who turned out to be known. `trusted`: a private key says so.
    `anonymous`: only if the source is still nobody in particular."""

    account_id: str
    source: int
    destination: int
    trusted: bool = True
    anonymous: bool = False
