"""Resources `function`, `function-version` and `function-publication`."""

from __future__ import annotations

from cdp.documents.code_functions import Function
from cdp.documents.function_versions import Publication, Version
from cdp.jsonapi.documents import Json, Resources, identifier
from cdp.jsonapi.front import Request
from cdp.jsonapi.times import format_instant

FUNCTION, VERSION, PUBLICATION = "function", "function-version", "function-publication"


def function(request: Request, one: Function, code: str | None = None) -> Json:
    """`code` of the newest version, where it was asked for."""
    made = Resources(request, FUNCTION, "functions", fields=request.params.fields(FUNCTION))
    attributes: Json = {
        "name": one.name,
        "runtime": one.runtime,
        "status": one.status,
        "live_version": one.live or None,
        "newest_version": one.newest,
        "trigger": {"metric_id": one.trigger.metric_id, "filters": one.trigger.filters},
        "timeout_s": one.timeout_s,
        "memory_mb": one.memory_mb,
        "environment_names": one.environment.names,
        "created": format_instant(one.created),
        "updated": format_instant(one.updated),
    }
    if code is not None:
        attributes["code"] = code
    return made.make(one.id, attributes, {"metric": identifier("metric", one.trigger.metric_id)})


def version(request: Request, function: Function, one: Version, code: str | None = None) -> Json:
    """Its id is "<function>-<number>"."""
    attributes: Json = {
        "version": one.no,
        "live": one.no == function.live,
        "size": one.size,
        "sha256": one.sha256,
        "created": format_instant(one.created),
        "created_by": one.key_id or None,
    }
    if code is not None:
        attributes["code"] = code
    return {
        "type": VERSION,
        "id": f"{function.id}-{one.no}",
        "attributes": attributes,
        "relationships": {FUNCTION: {"data": identifier(FUNCTION, function.id)}},
        "links": {"self": f"{request.base_url}/api/functions/{function.id}/versions/{one.no}"},
    }


def publication(request: Request, function: Function, one: Publication) -> Json:
    attributes: Json = {
        "action": one.action,
        "version": one.version,
        "version_before": one.before,
        "at": format_instant(one.at),
        "by": one.key_id or None,
    }
    return {
        "type": PUBLICATION,
        "id": one.id,
        "attributes": attributes,
        "relationships": {FUNCTION: {"data": identifier(FUNCTION, function.id)}},
        "links": {"self": f"{request.base_url}/api/functions/{function.id}/publications"},
    }
