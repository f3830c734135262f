from __future__ import annotations

import msgspec


class Sample(msgspec.Struct, frozen=True):
    """Sufficient statistics of purchases and of spend, packed by `cdp.clv.statistics`."""

    purchases: bytes
    spend: bytes


class FitDue(msgspec.Struct, frozen=True, tag="FitDue", tag_field="type"):
    """Models are to be fitted to these samples (name -> sample); sent by `predict` to `fit`, which answers with
    `FitDone`. `training` is the sender's own mark and comes back unchanged."""

    account_id: str
    training: str
    samples: dict[str, Sample]
