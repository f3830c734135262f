"""Who is who, against a model: whatever is created, imported and changed in any order, every identifier leads to
the one profile that holds it, and every listing is complete."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.unit.calls import pages
from tests.unit.profiles.conftest import body, make_room

POOL = {
    "external_id": ["x1", "x2", "x3"],
    "email": ["a@shop.example", "b@shop.example", "c@shop.example"],
    "phone_number": ["+15005550001", "+15005550002"],
}
GIVEN = st.fixed_dictionaries({}, optional={kind: st.sampled_from(values) for kind, values in POOL.items()})
CHANGES = st.fixed_dictionaries(
    {}, optional={kind: st.none() | st.sampled_from(values) for kind, values in POOL.items()}
)
EMAILS = st.lists(st.sampled_from(POOL["email"]), min_size=1, max_size=2)


@dataclass
class Person:
    id: str
    held: dict[str, str | None]
    others: set[str] = field(default_factory=set)

    def has(self, kind: str, value: str) -> bool:
        return self.held.get(kind) == value or (kind == "email" and value in self.others)


class Identities(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.room = make_room(Path(self.folder.name))
        self.people: list[Person] = []

    def teardown(self) -> None:
        self.folder.cleanup()

    def owner(self, kind: str, value: str) -> Person | None:
        return next((person for person in self.people if person.has(kind, value)), None)

    def owners(self, given: dict[str, Any], but: Person | None = None) -> list[Person]:
        found = [self.owner(kind, value) for kind, value in given.items() if value is not None]
        return [person for person in found if person is not None and person is not but]

    def send(self, method: str, url: str, sent: dict[str, Any]) -> Any:
        return self.room.caller(method, url, sent)

    @rule(given=GIVEN)
    def create(self, given: dict[str, str]) -> None:
        answer = self.send("POST", "/api/profiles", body(**given))
        owners = self.owners(given)
        if not given:
            assert answer.status == 400
        elif owners:
            assert answer.status == 409
            assert answer.error["meta"]["duplicate_profile_id"] in {person.id for person in owners}
        else:
            self.people.append(Person(answer.data["id"], dict(given)))

    @rule(given=CHANGES)
    def import_(self, given: dict[str, str | None]) -> None:
        answer = self.send("POST", "/api/profile-import", body(**given))
        if not any(given.values()):
            assert answer.status == 400
            return
        person = next(iter(self.owners({kind: given.get(kind) for kind in POOL})), None)
        assert answer.status == (201 if person is None else 200)
        if person is None:
            person = Person(answer.data["id"], {})
            self.people.append(person)
        assert answer.data["id"] == person.id
        for kind, value in given.items():
            if value is None or self.owner(kind, value) is None:
                person.held[kind] = value

    @precondition(lambda self: self.people)
    @rule(data=st.data(), changes=CHANGES)
    def patch(self, data: st.DataObject, changes: dict[str, str | None]) -> None:
        person = data.draw(st.sampled_from(self.people))
        answer = self.send("PATCH", f"/api/profiles/{person.id}", body(person.id, **changes))
        if owners := self.owners(changes, but=person):
            assert answer.error["meta"]["duplicate_profile_id"] in {one.id for one in owners}
        else:
            assert answer.status == 200
            person.held.update(changes)

    @precondition(lambda self: self.people)
    @rule(data=st.data(), emails=EMAILS, verb=st.sampled_from(["append", "unappend"]))
    def patch_emails(self, data: st.DataObject, emails: list[str], verb: str) -> None:
        person = data.draw(st.sampled_from(self.people))
        sent = body(person.id, {"patch_identifiers": {verb: {"email": emails}}})
        answer = self.send("PATCH", f"/api/profiles/{person.id}", sent)
        given = {email for email in emails if email != person.held.get("email")}
        others = {email for email in person.others if email != person.held.get("email")}
        if verb == "append" and any(self.owner("email", email) not in (None, person) for email in given):
            assert answer.status == 409
            return
        assert answer.status == 200
        person.others = others | given if verb == "append" else others - set(emails)

    @invariant()
    def every_identifier_leads_to_its_holder(self) -> None:
        for kind, values in POOL.items():
            for value in values:
                found = self.room.caller.get("/api/profiles", filter=f'equals({kind},"{value}")').data
                owner = self.owner(kind, value)
                assert [one["id"] for one in found] == ([] if owner is None else [owner.id]), (kind, value)

    @invariant()
    def every_listing_is_complete(self) -> None:
        for sort in ("created", "-email", "id"):
            found = pages(self.room.caller, "/api/profiles", sort=sort, **{"page[size]": "3"})
            shown = {one["id"]: one["attributes"] for page in found for one in page.data}
            assert shown.keys() == {person.id for person in self.people}
            for person in self.people:
                assert {kind: shown[person.id][kind] for kind in person.held} == person.held


TestIdentities = Identities.TestCase
TestIdentities.settings = settings(max_examples=10, stateful_step_count=25, deadline=None)
