"""GET and PATCH of /api/attribution-settings/default: which interactions are credited with conversions, and how long."""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from cdp.attribution.settings import AttributionSettings, Hours, Model, Windows
from cdp.documents import attribution_settings
from cdp.documents.attribution_settings import FEATURE
from cdp.documents.plans import Plans
from cdp.errors import Rejected
from cdp.jsonapi.bodies import ATTRIBUTES, Body, Resource
from cdp.jsonapi.documents import Json, Resources, single
from cdp.jsonapi.front import Operation, Request, Response
from cdp.ports import Table

TYPE, ID = "attribution-settings", "default"
PATH = f"/api/{TYPE}/{ID}"
_Given = Hours | None | UnsetType


class _Windows(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Those that are to change; null switches a kind of interaction off."""

    email_click: _Given = UNSET
    email_open: _Given = UNSET
    sms_click: _Given = UNSET
    sms_open: _Given = UNSET
    sms_delivery: _Given = UNSET
    push_open: _Given = UNSET
    whatsapp_click: _Given = UNSET
    whatsapp_open: _Given = UNSET
    active_on_site: _Given = UNSET


class _Attributes(msgspec.Struct, frozen=True):
    model: Model | UnsetType = UNSET
    windows: _Windows | UnsetType = UNSET
    include_bot_clicks: bool | UnsetType = UNSET
    include_transactional: bool | UnsetType = UNSET
    include_mpp_opens: bool | UnsetType = UNSET


class _Settings(Resource, frozen=True, kw_only=True):
    id: Literal["default"]
    attributes: _Attributes


_body = Body(TYPE, _Settings)


class AttributionSettingsOperations:
    """One document an account; it is there before anybody has changed it."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def operations(self) -> dict[str, Operation]:
        return {f"GET {PATH}": self.shown, f"PATCH {PATH}": self.changed}

    def shown(self, request: Request) -> Response:
        return _answer(request, attribution_settings.get(self._table, request.account_id))

    def changed(self, request: Request) -> Response:
        given = _body.read(request).attributes
        self._check_plan(request.account_id, given)
        attribution_settings.STORED.change(self._table, request.account_id, lambda held: _with(held, given))
        return self.shown(request)

    def _check_plan(self, account_id: str, given: _Attributes) -> None:
        """The linear model and visits to the site belong to the add-ons."""
        visits = UNSET if given.windows is UNSET else given.windows.active_on_site
        fields = [f"{ATTRIBUTES}/model"] if given.model == "linear" else []
        if isinstance(visits, int):
            fields.append(f"{ATTRIBUTES}/windows/active_on_site")
        for field in fields:
            try:
                Plans(self._table).check(account_id, FEATURE)
            except Rejected as error:
                error.field = field
                raise


def _with(held: AttributionSettings, given: _Attributes) -> AttributionSettings:
    """`held` with what is given."""
    changes = {name: value for name, value in msgspec.structs.asdict(given).items() if value is not UNSET}
    if given.windows is not UNSET:
        hours = {name: value for name, value in msgspec.structs.asdict(given.windows).items() if value is not UNSET}
        changes["windows"] = Windows(**{**msgspec.structs.asdict(held.windows), **hours})
    return msgspec.structs.replace(held, **changes)


def _answer(request: Request, settings: AttributionSettings) -> Response:
    make = Resources(request, TYPE, TYPE, fields=request.params.fields(TYPE)).make
    attributes: Json = msgspec.to_builtins(settings)
    return Response(document=single(request, make(ID, attributes)))
