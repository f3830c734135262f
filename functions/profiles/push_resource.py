"""Resource `push-token`."""

from __future__ import annotations

from collections.abc import Callable

from cdp.documents.push_tokens import PushToken
from cdp.jsonapi.documents import Json, Resources, identifier
from cdp.jsonapi.front import Request
from cdp.jsonapi.times import format_instant
from cdp.model.ids import profile_id

TYPE = "push-token"


def maker(request: Request) -> Callable[[PushToken], Json]:
    """Makes the resources of one request."""
    resources = Resources(
        request, TYPE, "push-tokens", relationships=("profile",), fields=request.params.fields(TYPE)
    )

    def make(token: PushToken) -> Json:
        owner = identifier("profile", profile_id(request.account_id, token.no))
        return resources.make(token.id, _attributes(token), {"profile": owner})

    return make


def _attributes(token: PushToken) -> Json:
    return {
        "created": format_instant(token.created),
        "token": token.token,
        "enablement_status": token.enablement_status,
        "platform": token.platform,
        "vendor": token.vendor,
        "background": token.background,
        "recorded_date": format_instant(token.recorded),
        "metadata": token.metadata,
    }
