"""The operations that end profiles: merge one into another, erase a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from cdp import events
from cdp.documents import erasures, jobs, merges, profiles
from cdp.documents.jobs import Job
from cdp.errors import Rejected, not_found
from cdp.events import ErasureAccepted, MergeAccepted
from cdp.jsonapi import jobs as job_resource
from cdp.jsonapi.bodies import Body, New, Resource, ToMany
from cdp.jsonapi.documents import Json, Resources, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.model.ids import profile_no
from cdp.model.profile import normal_email, normal_phone
from cdp.ports import Queue, Table

_ERASE = f"/api/{erasures.KIND}s"
_PERSON = "/data/attributes/profile/data"


class _Both(msgspec.Struct, gc=False):
    profiles: ToMany[Literal["profile"]]


class _Merge(Resource, frozen=True, kw_only=True):
    """`id`: of the profile that stays."""

    id: str
    relationships: _Both


class _Named(msgspec.Struct, gc=False):
    email: str | None = None
    phone_number: str | None = None


class _Person(msgspec.Struct, gc=False):
    type: Literal["profile"]
    attributes: _Named = msgspec.field(default_factory=_Named)
    id: str | UnsetType | None = UNSET


class _PersonRelation(msgspec.Struct, gc=False):
    data: _Person


class _ErasureAttributes(msgspec.Struct, gc=False):
    profile: _PersonRelation


_merge = Body("profile-merge", _Merge)
_erasure = Body("data-privacy-deletion-job", New[_ErasureAttributes])


class Ends:
    def __init__(self, table: Table, queue: Queue) -> None:
        self._table, self._queue = table, queue

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {
            "POST /api/profile-merge": self.merge,
            f"POST {_ERASE}": self.erase,
            f"GET {_ERASE}/{{id}}": self.job,
        }

    def merge(self, request: Request) -> Response:
        asked = _merge.read(request)
        sources = asked.relationships.profiles.ids
        if len(sources) != 1:
            raise Rejected(
                f"Exactly one profile can be merged at a time, not {len(sources)}.",
                field="/data/relationships/profiles/data",
            )
        pointer = "/data/relationships/profiles/data/0/id"
        if sources[0] == asked.id:
            raise Rejected("A profile cannot be merged into itself.", field=pointer)
        destination = self._existing(request, asked.id, "/data/id")
        source = self._existing(request, sources[0], pointer)
        self._queue.send([events.encode(MergeAccepted(request.account_id, source, destination))])
        resource: Json = {
            "type": "profile",
            "id": asked.id,
            "links": {"self": f"{request.base_url}/api/profiles/{asked.id}"},
        }
        return Response(201, document=single(request, resource))

    def _existing(self, request: Request, id_: str, pointer: str) -> int:
        no = profile_no(request.account_id, id_)
        if no is None or profiles.get_many(self._table, request.account_id, [no])[0] is None:
            raise not_found("profile", id_, field=pointer)
        return no

    def erase(self, request: Request) -> Response:
        """Nobody is found: there is nobody to erase, and the job is complete."""
        numbers = self._matches(request)
        job = Job(jobs.new_id(), erasures.KIND, request.now, total_count=len(numbers))
        erasures.begin(self._table, request.account_id, job, numbers)
        if numbers:
            self._queue.send([events.encode(ErasureAccepted(request.account_id, job.id, tuple(numbers)))])
        return Response(202, headers={"location": f"{request.base_url}{_ERASE}/{job.id}"})

    def _matches(self, request: Request) -> list[int]:
        """Everybody whom the one identifier means, be it as somebody else since a merge."""
        person = _erasure.read(request).attributes.profile.data
        named = person.attributes
        given = [("id", person.id or None), ("email", named.email), ("phone_number", named.phone_number)]
        present = [(kind, value) for kind, value in given if isinstance(value, str) and value]
        if len(present) != 1:
            raise Rejected(
                "Exactly one of id, email and phone_number is required.", field=f"{_PERSON}/attributes"
            )
        kind, value = present[0]
        if kind == "email":
            value = normal_email(value, f"{_PERSON}/attributes/email")
        elif kind == "phone_number":
            value = normal_phone(value, f"{_PERSON}/attributes/phone_number")
        owners = profiles.find(self._table, request.account_id, [(kind, value)])
        numbers = sorted(set(owners.values()))
        heirs = merges.successors(self._table, request.account_id, numbers)
        now = dict.fromkeys(heirs.get(no, no) for no in numbers)
        stored = profiles.get_many(self._table, request.account_id, list(now))
        return [one.profile.no for one in stored if one is not None]

    def job(self, request: Request) -> Response:
        """Complete once no table bears the person any more."""
        id_ = request.path["id"]
        job = jobs.get(self._table, request.account_id, erasures.KIND, id_)
        if job is None:
            raise not_found(erasures.KIND, id_)
        make = Resources(request, erasures.KIND, f"{erasures.KIND}s").make
        return Response(document=single(request, make(id_, job_resource.attributes(job))))
