"""Sign-up forms of an account as metadata (SPEC §2.4).

A form is two items: the form itself with its versions in short, and its definition. A form version is a number
within the account; an item each says which form it belongs to.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, NamedTuple

import msgspec

from cdp.documents.named import Collection, Stored
from cdp.model.ids import new_short_id
from cdp.ports import Delete, Item, Key, Put, Table

Status = Literal["draft", "live"]
FormType = Literal["banner", "embed", "flyout", "full_page", "popup"]
MAX_VERSIONS = 10  # all that a change touches is one transaction
_FIRST_VERSION = 1_000_000
_ATTEMPTS = 5


class Version(msgspec.Struct, frozen=True):
    """One version of a form. `id` is a number. Times are UTC."""

    id: str
    form_type: FormType
    name: str
    status: Status
    created: datetime
    updated: datetime


class Form(msgspec.Struct, frozen=True):
    """`ab_test`: do its versions stand against each other? Times are UTC."""

    id: str
    name: str
    status: Status
    ab_test: bool
    created: datetime
    updated: datetime
    versions: tuple[Version, ...] = ()


class Whole(NamedTuple):
    """A form with its definition as the API has it; `version` is the table's, for a conditional write."""

    form: Form
    definition: dict[str, Any]
    version: int


FORMS: Collection[Form] = Collection("forms", Form)
_definition = msgspec.json.Decoder(dict[str, Any])


def all_of(table: Table, account_id: str) -> list[Form]:
    """Every form of the account, by id."""
    return [stored.thing for stored in FORMS.all(table, account_id)]


def get(table: Table, account_id: str, id_: str) -> Form | None:
    stored = FORMS.get(table, account_id, id_)
    return None if stored is None else stored.thing


def whole(table: Table, account_id: str, id_: str) -> Whole | None:
    """The form with its definition, both of one moment."""
    for _ in range(_ATTEMPTS):
        stored = FORMS.get(table, account_id, id_)
        if stored is None:
            return None
        item = table.get([_definition_key(account_id, id_)])[0]
        again = FORMS.get(table, account_id, id_)
        if item is not None and again is not None and again.version == stored.version:
            return Whole(stored.thing, _definition.decode(item.body), stored.version)
    raise RuntimeError(f"form {id_} is never at rest")


def of_version(table: Table, account_id: str, version_id: str) -> Form | None:
    """The form that has the version."""
    if not (version_id.isascii() and version_id.isdigit() and len(version_id) < 20):
        return None
    item = table.get([_version_key(account_id, version_id)])[0]
    form = None if item is None else get(table, account_id, item.body.decode())
    return form if form is not None and any(one.id == version_id for one in form.versions) else None


def new_id(table: Table, account_id: str) -> str:
    """An id that no form of the account has."""
    for _ in range(_ATTEMPTS):
        if FORMS.get(table, account_id, id_ := new_short_id()) is None:
            return id_
    raise RuntimeError("no free form id was found")


def new_version_ids(table: Table, account_id: str, count: int) -> list[int]:
    """Numbers for so many new versions."""
    if not count:
        return []
    last = _FIRST_VERSION + table.add(Key(f"{account_id}#form-version-count", "count"), count)
    return list(range(last - count + 1, last + 1))


def save(table: Table, account_id: str, form: Form, definition: dict[str, Any], old: Whole | None = None) -> bool:
    """Write a form that is new, or changed from `old`; False if somebody else was faster."""
    before = {one.id for one in old.form.versions} if old else set()
    now = {one.id for one in form.versions}
    writes: list[Put | Delete] = [
        FORMS.put(account_id, form, old.version if old else 0),
        Put(Item(_definition_key(account_id, form.id), msgspec.json.encode(definition))),
        *(Put(Item(_version_key(account_id, id_), form.id.encode())) for id_ in sorted(now - before)),
        *(Delete(_version_key(account_id, id_)) for id_ in sorted(before - now)),
    ]
    return table.write([writes])[0]


def remove(table: Table, account_id: str, old: Whole) -> bool:
    """Remove the form and its versions; False if somebody else changed it meanwhile."""
    writes: list[Put | Delete] = [
        FORMS.delete(account_id, Stored(old.form, old.version)),
        Delete(_definition_key(account_id, old.form.id)),
        *(Delete(_version_key(account_id, one.id)) for one in old.form.versions),
    ]
    return table.write([writes])[0]


def _definition_key(account_id: str, id_: str) -> Key:
    return Key(f"{account_id}#form-definitions", id_)


def _version_key(account_id: str, version_id: str) -> Key:
    return Key(f"{account_id}#form-version", version_id)
