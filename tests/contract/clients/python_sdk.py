"""Listings through the official Python SDK."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any


def pages(listing: Callable[..., Any], *args: Any, **kwargs: Any) -> Iterator[Any]:
    """Page after page, `links.next` passed on whole as the SDK's users do."""
    page = listing(*args, **kwargs)
    yield page
    while page.links.next:
        page = listing(*args, page_cursor=page.links.next, **kwargs)
        yield page


def ids(listed: Iterable[Any]) -> list[str]:
    """Of everything on the pages."""
    return [one.id for page in listed for one in page.data]
