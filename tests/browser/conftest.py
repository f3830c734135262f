"""A running platform, a shop's site on another address, and a browser that visits it."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.browser import driver
from tests.browser.driver import Browser, Page
from tests.contract.clients.conftest import Platform, running

PICTURES = Path(__file__).parents[2] / ".build" / "browser" / "pictures"


@dataclass
class Shop:
    """A shop with two lists, and two people who are in one of them each. `site` is the address of its pages."""

    platform: Platform
    site: str
    regulars: str
    newcomers: str
    ann: str
    ben: str

    def make(self, method: str, path: str, data: object) -> Any:
        status, document = self.platform.call(method, path, {"data": data})
        assert status in (200, 201, 202, 204), document
        return document and document["data"]

    def exchange_id(self, profile_id: str) -> str:
        path = f"/api/exchange-ids?filter=equals(profile_id,%22{profile_id}%22)"
        status, document = self.platform.call("GET", path)
        assert status == 200, document
        token: str = document["data"][0]["attributes"]["exchange_id"]
        return token


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if os.environ.get("REGULARS_NO_BROWSER") == "1":
        pytest.skip("REGULARS_NO_BROWSER=1 leaves the browser tests out")
    with driver.running(tmp_path_factory.mktemp("browser")) as started:
        yield started


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = Page(browser)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def shop(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("platform")
    with running(folder, RATE_LIMIT_FACTOR="0") as platform, _Site(platform) as site:
        yield _filled(Shop(platform, site, "", "", "", ""))


def _filled(shop: Shop) -> Shop:
    shop.regulars = shop.make("POST", "/api/lists", {"type": "list", "attributes": {"name": "Regulars"}})["id"]
    shop.newcomers = shop.make("POST", "/api/lists", {"type": "list", "attributes": {"name": "Newcomers"}})["id"]
    for name, list_id in (("ann", shop.regulars), ("ben", shop.newcomers)):
        attributes = {"email": f"{name}@shop.example"}
        id_ = shop.make("POST", "/api/profiles", {"type": "profile", "attributes": attributes})["id"]
        shop.make("POST", f"/api/lists/{list_id}/relationships/profiles", [{"type": "profile", "id": id_}])
        setattr(shop, name, id_)
    return shop


class _Site:
    """The shop's pages: `/<name>` shows tests/browser/pages/<name>.html, with the platform's address in it."""

    def __init__(self, platform: Platform) -> None:
        script = f"{platform.url}/client/regulars.js?company_id={platform.account_id}"
        pages = {path.stem: path.read_text() for path in (Path(__file__).parent / "pages").glob("*.html")}
        texts = {name: text.replace("{{script}}", script).encode() for name, text in pages.items()}

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                text = texts.get(self.path.partition("?")[0].strip("/"))
                self.send_response(200 if text else 404)
                self.send_header("content-type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(text or b"")

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Not into the tests' output."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> str:
        self._thread.start()
        return f"http://localhost:{self._server.server_port}"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
