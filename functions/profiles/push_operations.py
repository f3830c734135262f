"""The operations on push tokens."""

from __future__ import annotations

from collections.abc import Mapping

from cdp import events
from cdp.documents import identity, profiles, push_tokens
from cdp.documents.identity import Change
from cdp.documents.push_tokens import Position, PushToken, token_id
from cdp.errors import Rejected, not_found
from cdp.events import MergeAccepted
from cdp.jsonapi.documents import Json, collection, identifier, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.jsonapi.matrix import TEXT, Condition, Filters, one_of
from cdp.jsonapi.paging import Slice, read_page
from cdp.jsonapi.params import Sort
from cdp.model.ids import profile_id
from cdp.model.profile import identities
from cdp.ports import Queue, Table
from cdp.resources import profile as profile_resource
from cdp.spec import Auth
from functions.profiles import push_resource
from functions.profiles.announcing import Announcer
from functions.profiles.bodies import checked
from functions.profiles.job_rows import place_of
from functions.profiles.push_bodies import (
    TokenAttributes,
    check_token,
    document,
    registration,
    unregistration,
)

PAGE, MAX_PAGE = 20, 100
_READ = 200
_BY_CREATED = Sort("created")
_PROFILE = "/data/attributes/profile/data"
_ENABLEMENT = ("AUTHORIZED", "DENIED", "NOT_DETERMINED", "PROVISIONAL", "UNAUTHORIZED")
FILTERS = Filters(
    {
        "id": TEXT("equals"),
        "profile.id": TEXT("equals"),
        "enablement_status": one_of(_ENABLEMENT, "equals"),
        "platform": one_of(("android", "ios"), "equals"),
    }
)
Row = tuple[PushToken, Position]


class PushTokens:
    def __init__(self, table: Table, queue: Queue, announcer: Announcer) -> None:
        self._table, self._queue, self._announcer = table, queue, announcer

    def operations(self) -> Mapping[str, Operation]:
        """Route key → operation."""
        return {
            "GET /api/push-tokens": self.listed,
            "POST /api/push-tokens": self.register,
            "GET /api/push-tokens/{id}": self.one,
            "DELETE /api/push-tokens/{id}": self.remove,
            "GET /api/push-tokens/{id}/profile": self.profile,
            "GET /api/push-tokens/{id}/relationships/profile": self.profile_id,
            "POST /client/push-tokens": self.register,
            "POST /client/push-token-unregister": self.unregister,
        }

    def register(self, request: Request) -> Response:
        given = registration.read(request).attributes
        check_token(given, "/data/attributes/token")
        no = self._owner(request, given)
        push_tokens.save(self._table, request.account_id, document(given, no, request.now))
        return Response(202)

    def unregister(self, request: Request) -> Response:
        """Nothing is told of whether the token was known, or whose it was."""
        given = unregistration.read(request).attributes
        check_token(given, "/data/attributes/token")
        identities(given.profile.data, _PROFILE)
        push_tokens.remove(self._table, request.account_id, token_id(given.platform, given.token))
        return Response(202)

    def _owner(self, request: Request, given: TokenAttributes) -> int:
        resource = checked(given.profile.data, _PROFILE)
        trusted = request.route.auth is not Auth.PUBLIC
        change = Change(resource, identities(resource, _PROFILE), trusted=trusted)
        (applied,) = identity.apply(self._table, request.account_id, [change], request.now)
        if applied.no == 0:
            raise Rejected("The profile does not exist.", field=f"{_PROFILE}/id")
        if applied.anonymous is not None:
            merge = MergeAccepted(
                request.account_id, applied.anonymous, applied.no, trusted=trusted, anonymous=True
            )
            self._queue.send([events.encode(merge)])
        made = [applied.no] if applied.created else []
        self._announcer.profiles(request.account_id, created=made, changed=[applied.no])
        return applied.no

    def listed(self, request: Request) -> Response:
        conditions = request.params.filter(FILTERS)
        included = request.params.include(("profile",))
        page = read_page(
            lambda part: self._read(request.account_id, conditions, part),
            lambda row: row[1],
            sort=_BY_CREATED,
            size=request.params.page_size(PAGE, MAX_PAGE),
            cursor=request.params.cursor(_BY_CREATED),
        )
        make = push_resource.maker(request)
        tokens = [token for token, _ in page.rows]
        people = self._people(request, tokens) if included else None
        return Response(document=collection(request, [make(token) for token in tokens], page, people))

    def _read(self, account_id: str, conditions: tuple[Condition, ...], part: Slice) -> list[Row]:
        after = place_of(part.after)
        rows: list[Row] = []
        while len(rows) < part.limit:
            found = push_tokens.page(
                self._table, account_id, descending=part.descending, limit=_READ, after=after
            )
            rows += (row for row in found if _holds(account_id, row[0], conditions))
            if len(found) < _READ:
                break
            after = found[-1][1]
        return rows[: part.limit]

    def one(self, request: Request) -> Response:
        token = self._token(request)
        people = self._people(request, [token]) if request.params.include(("profile",)) else None
        return Response(document=single(request, push_resource.maker(request)(token), people))

    def remove(self, request: Request) -> Response:
        if not push_tokens.remove(self._table, request.account_id, request.path["id"]):
            raise not_found("push-token", request.path["id"])
        return Response(204)

    def profile(self, request: Request) -> Response:
        people = self._people(request, [self._token(request)])
        return Response(document=single(request, people[0] if people else None))

    def profile_id(self, request: Request) -> Response:
        id_ = profile_id(request.account_id, self._token(request).no)
        return Response(document=single(request, identifier(profile_resource.TYPE, id_)))

    def _people(self, request: Request, tokens: list[PushToken]) -> list[Json]:
        params, account_id = request.params, request.account_id
        make = profile_resource.resources(request, params.fields(profile_resource.TYPE)).make
        additional = params.additional(profile_resource.TYPE, profile_resource.ADDITIONAL)
        stored = profiles.get_many(self._table, account_id, list(dict.fromkeys(token.no for token in tokens)))
        return [
            make(one.profile.id(account_id), profile_resource.attributes(one.profile, additional))
            for one in stored
            if one is not None
        ]

    def _token(self, request: Request) -> PushToken:
        """By the id, or by the token's own value."""
        id_, account_id = request.path["id"], request.account_id
        for asked in (id_, token_id("ios", id_), token_id("android", id_)):
            token = push_tokens.get(self._table, account_id, asked)
            if token is not None:
                return token
        raise not_found("push-token", id_)


def _holds(account_id: str, token: PushToken, conditions: tuple[Condition, ...]) -> bool:
    held = {
        "id": token.id,
        "profile.id": profile_id(account_id, token.no),
        "enablement_status": token.enablement_status,
        "platform": token.platform,
    }
    return all(held[condition.field] == condition.value for condition in conditions)
