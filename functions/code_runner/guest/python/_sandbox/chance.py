"""Random numbers: the component's image is the same for everybody, so each instance is seeded from outside."""

from __future__ import annotations

import _random
import os
import posix
import random
import uuid
from typing import Any

from . import host


def install() -> None:
    os.urandom = posix.urandom = host.random_bytes
    vars(random)["_urandom"] = host.random_bytes
    seed = random.Random.seed

    def seeded(self: random.Random, a: Any = None, version: int = 2) -> None:
        seed(self, int.from_bytes(host.random_bytes(32)) if a is None else a, version)

    def made(cls: type[random.Random], *_: Any) -> random.Random:
        return _random.Random.__new__(cls, 0)  # type: ignore[call-arg]

    vars_of: Any = random.Random
    vars_of.seed, vars_of.__new__ = seeded, staticmethod(made)


def start(seed: str) -> None:
    """Of this instance; `seed` is hexadecimal."""
    random.seed(int(seed, 16))
    vars(uuid)["_node"] = random.getrandbits(48) | (1 << 40)
