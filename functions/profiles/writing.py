"""Create and change one profile under the rule that an identifier belongs to one person (SPEC §2.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from cdp.documents import identity, profiles, transformations
from cdp.documents.identity import Applied, Change
from cdp.documents.merges import ERASED
from cdp.documents.profiles import Stored
from cdp.errors import Rejected, not_found
from cdp.model.ids import profile_id
from cdp.model.payloads import PatchIdentifiers, ProfileResource
from cdp.model.profile import MAX_OTHERS, Profile, change, identities, normal_email
from cdp.ports import Table
from functions.profiles.bodies import given_identifiers

_ATTEMPTS = 8
_DATA = "/data"


def create(table: Table, account_id: str, resource: ProfileResource, now: datetime) -> Stored:
    """A new profile; 409 if one of its identifiers belongs to somebody."""
    given = {kind: value for kind, value in given_identifiers(resource, _DATA).items() if value is not None}
    if not given:
        raise Rejected(
            "A profile needs at least one identifier: email, phone_number, external_id, anonymous_id or _kx.",
            field="/data/attributes",
        )
    no = None
    for _ in range(_ATTEMPTS):
        _refuse_taken(table, account_id, given.items(), None)
        no = profiles.new_numbers(table, account_id, 1)[0] if no is None else no
        state = profiles.fresh(no, now)
        for kind, value in given.items():
            setattr(state.profile, kind, value)
        _patch_emails(state.profile, resource)
        change(state.profile, resource.attributes, resource.patch)
        transformer = transformations.active(table, account_id)
        transformer.update(state.profile)
        if profiles.save(table, account_id, [state]) == [True]:
            transformations.settle(table, account_id, transformer, [no], now)
            return state
    raise profiles.CONTENDED


def update(table: Table, account_id: str, id_: str, resource: ProfileResource, now: datetime) -> Stored:
    """Change the profile with this id; null clears a field or an identifier, absence leaves it."""
    if resource.id and resource.id != id_:
        raise Rejected(f"The id in the body is {resource.id}, in the path {id_}.", field="/data/id")
    given = given_identifiers(resource, _DATA)
    for _ in range(_ATTEMPTS):
        state = profiles.get(table, account_id, id_)
        if state is None:
            raise not_found("profile", id_)
        before, transformer = list(state.profile.identities()), transformations.active(table, account_id)
        _vouch(table, account_id, state, given)
        for kind, value in given.items():
            setattr(state.profile, kind, value)
        _patch_emails(state.profile, resource)
        changed = change(state.profile, resource.attributes, resource.patch)
        changed = transformer.update(state.profile) or changed
        if not changed and before == list(state.profile.identities()):
            if not state.links or profiles.save(table, account_id, [state]) == [True]:
                return state
            continue
        _refuse_taken(table, account_id, state.profile.identities(), state.profile.no)
        state.profile.updated = now
        if profiles.save(table, account_id, [state]) == [True]:
            transformations.settle(table, account_id, transformer, [state.profile.no], now)
            return state
    raise profiles.CONTENDED


def upsert(
    table: Table, account_id: str, resource: ProfileResource, now: datetime
) -> tuple[Stored, Applied]:
    """Create the profile or change the one that its identifiers mean; the id of one that was merged or erased
    is refused like that of nobody."""
    if resource.id and profiles.get(table, account_id, resource.id) is None:
        raise _unknown(resource.id)
    applied = apply(table, account_id, resource, now)
    patch = resource.patch
    if patch is not None and patch.patch_identifiers is not None:
        only_patch = ProfileResource("profile", meta=patch)
        return update(table, account_id, profile_id(account_id, applied.no), only_patch, now), applied
    state = profiles.get_many(table, account_id, [applied.no])[0]
    if state is None:
        raise profiles.CONTENDED
    return state, applied


def apply(
    table: Table, account_id: str, resource: ProfileResource, now: datetime, *, trusted: bool = True
) -> Applied:
    """As `upsert`, without `patch_identifiers`. A browser (`trusted` false) takes no identifier away."""
    wanted = Change(resource, identities(resource, _DATA), nulls_clear=trusted, trusted=trusted)
    given_identifiers(resource, _DATA)
    (applied,) = identity.apply(table, account_id, [wanted], now)
    if applied.no == ERASED:
        raise _unknown(str(resource.id))
    return applied


def _unknown(id_: str) -> Rejected:
    return Rejected(f"A profile with id {id_} does not exist.", field=f"{_DATA}/id")


def _vouch(table: Table, account_id: str, state: Stored, given: Mapping[str, str | None]) -> None:
    """A private key names identifiers that so far only a browser has named for this profile."""
    named = state.claimed & {(kind, value) for kind, value in given.items() if value is not None}
    _, trusted = profiles.find_links(table, account_id, named)
    state.links |= dict.fromkeys(named - trusted, True)


def _refuse_taken(
    table: Table, account_id: str, wanted: Iterable[tuple[str, str]], own_no: int | None
) -> None:
    """409 with the owner's id if one of the identifiers belongs to another profile."""
    owners = profiles.find(table, account_id, wanted)
    for (kind, _), no in owners.items():
        if no != own_no:
            raise Rejected(
                f"A profile already exists with this {'_kx' if kind == 'kx' else kind}.",
                field=f"/data/attributes/{'_kx' if kind == 'kx' else kind}",
                status=409,
                code="duplicate_profile",
                title="Conflict.",
                meta={"duplicate_profile_id": profile_id(account_id, no)},
            )


def _patch_emails(profile: Profile, resource: ProfileResource) -> None:
    """Apply `patch_identifiers`: add or take away further e-mail addresses."""
    patch = resource.patch.patch_identifiers if resource.patch else None
    if patch is None:
        return
    out = {("email", email) for email in (profile.email, *_emails(patch, "unappend"))}
    more = [("email", email) for email in _emails(patch, "append")]
    before = frozenset(profile.others)
    profile.others = tuple(one for one in dict.fromkeys((*profile.others, *more)) if one not in out)
    if len(before.symmetric_difference(profile.others)) > MAX_OTHERS:  # a write is one transaction
        raise Rejected(
            f"At most {MAX_OTHERS} addresses can be added and taken away at once.",
            field="/data/meta/patch_identifiers",
        )
    if more and sum(kind == "email" for kind, _ in profile.others) > MAX_OTHERS:
        raise Rejected(
            f"A profile has at most {MAX_OTHERS} further e-mail addresses.",
            field="/data/meta/patch_identifiers/append/email",
        )


def _emails(patch: PatchIdentifiers, verb: str) -> list[str]:
    pointer = f"/data/meta/patch_identifiers/{verb}"
    given: dict[str, str | list[str]] = getattr(patch, verb) or {}
    for kind in given:
        if kind != "email":
            raise Rejected("Only e-mail addresses can be added or taken away.", field=f"{pointer}/{kind}")
    emails = given.get("email", [])
    listed = [emails] if isinstance(emails, str) else emails
    return [normal_email(email, f"{pointer}/email") for email in listed]
