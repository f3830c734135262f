"""Running an account's active transformations on a profile.

`update` is idempotent: results depend on the sources only, and a result is never a source. A result whose
sources are all gone goes as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias

from cdp.model.profile import Profile
from cdp.transformations import format as formatting
from cdp.transformations import standardize
from cdp.transformations.definition import (
    STANDARD,
    Definition,
    Format,
    Merge,
    Standardize,
    result_of,
    sources_of,
)
from cdp.transformations.merge import first_of

Step: TypeAlias = Callable[[Any], Any]
_Getter: TypeAlias = Callable[[Profile], Any]


class _Target(NamedTuple):
    """One result: where its value comes from, and what is done to it."""

    result: str
    sources: tuple[_Getter, ...]
    steps: tuple[Step, ...]

    def value(self, profile: Profile) -> Any:
        if len(self.sources) == 1:
            value = self.sources[0](profile)
        else:
            value = first_of(source(profile) for source in self.sources)
        if value is not None:
            for step in self.steps:
                value = step(value)
        return value


class Transformer:
    """All given definitions, ready to run. `token` tells one set of definitions from another."""

    def __init__(self, definitions: Iterable[Definition] = (), token: str = "") -> None:
        self.token = token
        of_property: dict[str, list[Definition]] = defaultdict(list)
        for definition in definitions:
            of_property[definition.property].append(definition)
        self._targets = tuple(_target(name, parts) for name, parts in of_property.items())
        self.results = frozenset(target.result for target in self._targets)

    def __bool__(self) -> bool:
        return bool(self._targets)

    def update(self, profile: Profile) -> bool:
        """Bring the profile's results up to date; did anything change?"""
        held, changed = profile.properties, False
        for target in self._targets:
            value = target.value(profile)
            if _same(held.get(target.result), value):
                continue
            if not changed:
                held, changed = dict(held), True
            if value is None:
                del held[target.result]
            else:
                held[target.result] = value
        profile.properties = held
        return changed


def _same(held: Any, value: Any) -> bool:
    """Equal in type as well: true is not 1, and a list of one is not one of the other."""
    return type(held) is type(value) and bool(held == value) and (not isinstance(value, list) or repr(held) == repr(value))


def _target(name: str, parts: Sequence[Definition]) -> _Target:
    """Merge, then Format, then Standardize: whichever the property has, each at most once."""
    merge = next((part for part in parts if isinstance(part, Merge)), None)
    sources = sources_of(merge) if merge else (name,)
    steps = [formatting.compiled(part) for part in parts if isinstance(part, Format)]
    steps += [standardize.compiled(part) for part in parts if isinstance(part, Standardize)]
    return _Target(result_of(name), tuple(_getter(source) for source in sources), tuple(steps))


def _getter(name: str) -> _Getter:
    if name not in STANDARD:
        return lambda profile: profile.properties.get(name)
    whole, _, part = name.partition(".")
    if part:
        return lambda profile: profile.location.get(part)
    return lambda profile: getattr(profile, whole)


class Preview:
    """One definition by itself. A merge's value before is an object: property -> value."""

    def __init__(self, definition: Definition) -> None:
        self._merges = isinstance(definition, Merge)
        self._names = sources_of(definition)
        self._getters = [_getter(name) for name in self._names]
        self._steps = _target(definition.property, [definition]).steps

    def before(self, profile: Profile) -> Any:
        """What the transformation would find; None: nothing."""
        held = {name: value for name, get in zip(self._names, self._getters, strict=True) if (value := get(profile)) is not None}
        return (held or None) if self._merges else held.get(self._names[0])

    def after(self, before: Any) -> Any:
        if self._merges:
            return first_of(before.get(name) for name in self._names)
        for step in self._steps:
            before = step(before)
        return before
