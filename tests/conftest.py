"""How every tier is run."""

from __future__ import annotations

import gc

from hypothesis import settings

# No test is timed: a machine that does much else may take a second for an example.
settings.register_profile("patient", settings.default, deadline=None)
settings.load_profile("patient")


def pytest_collection_finish() -> None:
    """Looking for cycles among all that was loaded took a tenth of the time: as in the platform's workers, it is done
    less often, and what is there before the first test is left out."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
