"""The operations on single profiles and their listing."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from cdp.documents import profiles
from cdp.documents.profiles import Stored
from cdp.errors import not_found
from cdp.jsonapi.documents import Json, collection, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.model.payloads import ProfileResource
from cdp.model.profile import Profile
from cdp.ports import Table
from cdp.resources import profile as shown
from functions.profiles import passed_over
from functions.profiles.bodies import checked, profile_document
from functions.profiles.listing import Listing, read_query
from functions.profiles.spec import RELATED
from functions.profiles.writing import apply, create, update, upsert

INCLUDE_ONE = ("lists", "segments", "push-tokens", "conversations")
INCLUDE_LIST = ("conversations", "push-tokens")
_MARK = b"_transformed"


class Profiles:
    def __init__(self, table: Table) -> None:
        self._table = table

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {
            "GET /api/profiles": self.listed,
            "POST /api/profiles": self.create,
            "GET /api/profiles/{id}": self.one,
            "PATCH /api/profiles/{id}": self.update,
            "POST /api/profile-import": self.upsert,
            "POST /client/profiles": self.client_upsert,
            **{f"GET /api/profiles/{{id}}/{name}": self.related for name in RELATED},
            **{f"GET /api/profiles/{{id}}/relationships/{name}": self.related for name in RELATED},
        }

    def listed(self, request: Request) -> Response:
        asked = read_query(request.params)
        included: list[Json] | None = [] if request.params.include(INCLUDE_LIST) else None
        make = partial(_resource, request)
        page = Listing(self._table, request.account_id, asked).page()
        data = [make(row.profile) for row in page.rows]
        return Response(document=collection(request, data, page, included))

    def create(self, request: Request) -> Response:
        state = create(self._table, request.account_id, _body(request), request.now)
        return self._answer(request, state, 201)

    def one(self, request: Request) -> Response:
        included: list[Json] | None = [] if request.params.include(INCLUDE_ONE) else None
        document = single(request, _resource(request, self._profile(request).profile), included)
        return Response(document=document)

    def update(self, request: Request) -> Response:
        body = _body(request)
        return self._answer(
            request, update(self._table, request.account_id, request.path["id"], body, request.now), 200
        )

    def upsert(self, request: Request) -> Response:
        state, applied = upsert(self._table, request.account_id, _body(request), request.now)
        return self._answer(request, state, 201 if applied.created else 200)

    def client_upsert(self, request: Request) -> Response:
        """From a browser: nothing of the profile is told."""
        apply(self._table, request.account_id, _body(request), request.now, trusted=False)
        return Response(202)

    def related(self, request: Request) -> Response:
        """Lists, segments, push tokens and conversations: the platform keeps none yet."""
        self._profile(request)
        return Response(document=collection(request, []))

    def _profile(self, request: Request) -> Stored:
        id_ = request.path["id"]
        state = profiles.get(self._table, request.account_id, id_)
        if state is None:
            raise not_found("profile", id_)
        return state

    def _answer(self, request: Request, state: Stored, status: int) -> Response:
        resource = _resource(request, state.profile)
        headers = {"location": str(resource["links"]["self"])} if status == 201 else {}  # type: ignore[index]
        warnings = passed_over.meta(self._table, request.account_id, _body(request)) if _MARK in request.body else {}
        return Response(status, document=single(request, resource) | warnings, headers=headers)


def _body(request: Request) -> ProfileResource:
    return checked(request.decode(profile_document).data, "/data")


def _resource(request: Request, profile: Profile) -> Json:
    params = request.params
    make = shown.resources(request, params.fields(shown.TYPE)).make
    additional = params.additional(shown.TYPE, shown.ADDITIONAL)
    return make(profile.id(request.account_id), shown.attributes(profile, additional))
