"""Every file in the folder of properties is a property of its own, in the list and with attributes of its own."""

from __future__ import annotations

import importlib
import pkgutil

from hypothesis import given
from hypothesis import strategies as st

from functions.predict import properties
from functions.predict.properties import PROPERTIES
from functions.predict.scoring import LISTED, portions


def test_every_property_is_listed() -> None:
    files = {one.name for one in pkgutil.iter_modules(properties.__path__)}
    found = [importlib.import_module(f"{properties.__name__}.{name}").PROPERTY for name in sorted(files)]
    assert sorted(found, key=id) == sorted(PROPERTIES, key=id)
    names = [name for one in PROPERTIES for name in one.attributes]
    assert len(set(names)) == len(names)
    assert len({one.name for one in PROPERTIES}) == len(PROPERTIES)


@given(st.sets(st.integers(1, 100_000), max_size=3 * LISTED))
def test_whoever_is_wanted_is_asked_for_in_lists_of_few_lengths(wanted: set[int]) -> None:
    """Queries are compiled anew for every length of list."""
    parts = list(portions(sorted(wanted)))
    assert [no for numbers, _ in parts for no in numbers] == sorted(wanted)
    for numbers, reach in parts:
        assert set(numbers) <= set(reach)
        assert isinstance(reach, range) or (set(reach) == set(numbers) and len(reach) & (len(reach) - 1) == 0)
