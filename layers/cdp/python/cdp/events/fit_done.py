from __future__ import annotations

import msgspec

from cdp.clv.fits import Fit


class FitDone(msgspec.Struct, frozen=True, tag="FitDone", tag_field="type"):
    """What became of a `FitDue`: a fit for each sample, by name. Sent by `fit` to `predict`; at least once."""

    account_id: str
    training: str
    fits: dict[str, Fit]
