from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from functions.code_runner.children import bare
from functions.code_runner.runner import Options, Runner, guests_folder
from tests.unit.code_runner.attacks.surroundings import CANARY, Surroundings, surroundings
from tests.unit.outbound.servers import Authority


@pytest.fixture(scope="session")
def around(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surroundings]:
    authority = Authority()
    with surroundings(tmp_path_factory.mktemp("surroundings") / "s", authority) as made, pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "REGULARS_SECRET"):
            patch.setenv(name, CANARY)
        yield made


@pytest.fixture(scope="session", params=[True, False], ids=["kernel", "bare"])
def runner(request: pytest.FixtureRequest, around: Surroundings) -> Iterator[Runner]:
    """With the kernel's extra layers, and without them as inside Lambda. One engine a language, so that every job comes
    to where the one before was."""
    options = Options(guests_folder(""), kernel_layers=request.param, most_children=2, environment=bare(os.environ))
    made = Runner(options, around.ways)
    yield made
    made.close()
