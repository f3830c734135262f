from __future__ import annotations

import msgspec


class CatalogLinksDue(msgspec.Struct, frozen=True, tag="CatalogLinksDue", tag_field="type"):
    """The links of a large category that was deleted are to be cleared away; sent by `catalog` to its own inbox.

    `category_id` is the external id; `created` says which category of that id is meant (UTC, RFC 3339).
    """

    account_id: str
    category_id: str
    created: str
