"""The operations on single profiles and their listing."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from cdp import events
from cdp.documents import profiles
from cdp.documents.identity import Applied
from cdp.documents.profiles import Stored
from cdp.errors import not_found
from cdp.events import MergeAccepted
from cdp.jsonapi.documents import Json, collection, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.model.payloads import ProfileResource
from cdp.model.profile import Profile
from cdp.ports import Queue, Table
from cdp.resources import profile as shown
from functions.profiles import passed_over
from functions.profiles.announcing import Announcer
from functions.profiles.bodies import checked, profile_document
from functions.profiles.listing import Listing, read_query
from functions.profiles.relations import Relations
from functions.profiles.writing import apply, create, update, upsert

INCLUDE_ONE = ("lists", "segments", "push-tokens", "conversations")
INCLUDE_LIST = ("conversations", "push-tokens")
_MARK = b"_transformed"


class Profiles:
    def __init__(self, table: Table, queue: Queue, announcer: Announcer) -> None:
        self._table, self._queue, self._announcer = table, queue, announcer
        self._relations = Relations(table)

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {
            "GET /api/profiles": self.listed,
            "POST /api/profiles": self.create,
            "GET /api/profiles/{id}": self.one,
            "PATCH /api/profiles/{id}": self.update,
            "POST /api/profile-import": self.upsert,
            "POST /client/profiles": self.client_upsert,
            **self._relations.operations(),
        }

    def listed(self, request: Request) -> Response:
        asked = read_query(request.params)
        include = request.params.include(INCLUDE_LIST)
        page = Listing(self._table, request.account_id, asked).page()
        data = [self._resource(request, row.profile, include) for row in page.rows]
        included = [
            one for row in page.rows for one in self._relations.included(request, row.profile.no, include)
        ]
        return Response(document=collection(request, data, page, included if include else None))

    def create(self, request: Request) -> Response:
        state = create(self._table, request.account_id, _body(request), request.now)
        self._announcer.profiles(request.account_id, created=[state.profile.no])
        return self._answer(request, state, 201)

    def one(self, request: Request) -> Response:
        profile, include = self._profile(request).profile, request.params.include(INCLUDE_ONE)
        resource = self._resource(request, profile, include)
        included = self._relations.included(request, profile.no, include) if include else None
        return Response(document=single(request, resource, included))

    def update(self, request: Request) -> Response:
        state = update(self._table, request.account_id, request.path["id"], _body(request), request.now)
        self._announcer.profiles(request.account_id, changed=[state.profile.no])
        return self._answer(request, state, 200)

    def upsert(self, request: Request) -> Response:
        state, applied = upsert(self._table, request.account_id, _body(request), request.now)
        self._tell(request, applied, trusted=True)
        return self._answer(request, state, 201 if applied.created else 200)

    def client_upsert(self, request: Request) -> Response:
        """From a browser: nothing of the profile is told."""
        applied = apply(self._table, request.account_id, _body(request), request.now, trusted=False)
        self._tell(request, applied, trusted=False)
        return Response(202)

    def _tell(self, request: Request, applied: Applied, *, trusted: bool) -> None:
        account_id, no = request.account_id, applied.no
        if applied.anonymous is not None:
            merge = MergeAccepted(account_id, applied.anonymous, no, trusted=trusted, anonymous=True)
            self._queue.send([events.encode(merge)])
        self._announcer.profiles(account_id, created=[no] if applied.created else [], changed=[no])

    def _profile(self, request: Request) -> Stored:
        id_ = request.path["id"]
        state = profiles.get(self._table, request.account_id, id_)
        if state is None:
            raise not_found("profile", id_)
        return state

    def _answer(self, request: Request, state: Stored, status: int) -> Response:
        resource = self._resource(request, state.profile)
        headers = {"location": str(resource["links"]["self"])} if status == 201 else {}  # type: ignore[index]
        warnings = passed_over.meta(self._table, request.account_id, _body(request)) if _MARK in request.body else {}
        return Response(status, document=single(request, resource) | warnings, headers=headers)


    def _resource(self, request: Request, profile: Profile, include: Collection[str] = ()) -> Json:
        params = request.params
        make = shown.resources(request, params.fields(shown.TYPE)).make
        additional = params.additional(shown.TYPE, shown.ADDITIONAL)
        related = self._relations.data(request, profile.no, include)
        return make(profile.id(request.account_id), shown.attributes(profile, additional), related)


def _body(request: Request) -> ProfileResource:
    return checked(request.decode(profile_document).data, "/data")
