"""What the room answers and needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cdp.spec import Access, Auth, FunctionSpec, Grant, HttpRoute, Inbox, Limit
from functions.catalog.settings import Settings

MAX_BODY_BYTES = 500_000
MAX_JOB_BYTES = 5_000_000
COLLECTIONS: Mapping[str, str] = {"item": "items", "variant": "variants", "category": "categories"}
ACTIONS = ("create", "update", "delete")
BACK_IN_STOCK = "/api/back-in-stock-subscriptions"
CLIENT_BACK_IN_STOCK = "/client/back-in-stock-subscriptions"
_READ, _WRITE = ("catalogs:read",), ("catalogs:write",)


def collection_path(kind: str) -> str:
    return f"/api/catalog-{COLLECTIONS[kind]}"


def job_type(kind: str, action: str) -> str:
    return f"catalog-{kind}-bulk-{action}-job"


def _things(kind: str) -> Iterator[HttpRoute]:
    many = collection_path(kind)
    yield HttpRoute("GET", many, _READ, Limit.XL)
    yield HttpRoute("POST", many, _WRITE, Limit.L, max_body_bytes=MAX_BODY_BYTES)
    yield HttpRoute("GET", f"{many}/{{id}}", _READ, Limit.XL)
    yield HttpRoute("PATCH", f"{many}/{{id}}", _WRITE, Limit.L, max_body_bytes=MAX_BODY_BYTES)
    yield HttpRoute("DELETE", f"{many}/{{id}}", _WRITE, Limit.L)


def _related(kind: str, other: str) -> Iterator[HttpRoute]:
    yield HttpRoute("GET", f"{collection_path(kind)}/{{id}}/{other}", _READ, Limit.XL)
    yield HttpRoute("GET", f"{collection_path(kind)}/{{id}}/relationships/{other}", _READ, Limit.XL)


def _links(kind: str, other: str) -> Iterator[HttpRoute]:
    path = f"{collection_path(kind)}/{{id}}/relationships/{other}"
    for method in ("POST", "PATCH", "DELETE"):
        yield HttpRoute(method, path, _WRITE, Limit.L, max_body_bytes=MAX_BODY_BYTES)


def _jobs(kind: str, action: str) -> Iterator[HttpRoute]:
    path = f"/api/{job_type(kind, action)}s"
    read = Limit.XL if action == "delete" or kind == "category" else Limit.L  # as the public API has it
    yield HttpRoute("GET", path, _READ, read)
    yield HttpRoute("POST", path, _WRITE, Limit.L, max_body_bytes=MAX_JOB_BYTES)
    yield HttpRoute("GET", f"{path}/{{job_id}}", _READ, read)


SPEC = FunctionSpec(
    name="catalog",
    description="Catalog: items, variants, categories, bulk jobs, back in stock",
    settings=Settings,
    routes=(
        *(route for kind in COLLECTIONS for route in _things(kind)),
        *_related("item", "variants"),
        *_related("item", "categories"),
        *_related("category", "items"),
        *_links("item", "categories"),
        *_links("category", "items"),
        *(route for kind in COLLECTIONS for action in ACTIONS for route in _jobs(kind, action)),
        HttpRoute("POST", BACK_IN_STOCK, ("catalogs:write", "profiles:write"), Limit.XL),
        HttpRoute("POST", CLIENT_BACK_IN_STOCK, (), Limit.XL, Auth.PUBLIC),
        HttpRoute("GET", "/client/next-best-product", (), Limit.XL, Auth.PUBLIC, extension=True),
        HttpRoute("GET", "/client/next-best-product.html", (), Limit.XL, Auth.PUBLIC, extension=True),
    ),
    inbox=Inbox(batch_size=1),  # a job's body can have 5 MB
    grants=(
        Grant("table", Access.WRITE),
        Grant("limits", Access.WRITE),
        Grant("queue:catalog", Access.SEND),
        Grant("queue:record", Access.SEND),
    ),
    memory_mb=1024,
    timeout_s=120,  # bulk jobs; HTTP answers within 29 s
    layers=("http",),
)
