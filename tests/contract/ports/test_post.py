"""What every `Post` does. What was handed over is looked at where each leaves it."""

from __future__ import annotations

import email
import email.policy
import json
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from cdp import connect
from cdp.errors import Rejected
from cdp.ports import Mail, Post

SENDER = "alerts@shop.example.com"
MAIL = Mail("monitors-1a", ("anna@example.com",), "Zwei Alarme: Öffnungsrate", "Guten Morgen,\nzwei Alarme.\n", "<p>Zwei.</p>")


@pytest.fixture
def post(home: str, tmp_path: Path) -> Post:
    if home == "embedded":
        return connect.post(f"file://{tmp_path}/outbox")
    from cdp.adapters.aws.clients import sesv2

    sesv2().create_email_identity(EmailIdentity="shop.example.com")
    return connect.post(f"ses://{SENDER}")


@pytest.mark.parametrize("to", ["anna", "anna@", "@example.com", "a@b@example.com", "anna@exa mple.com", "anna@-x.com",
    "anna@example.com\r\nBcc: eve@example.com", "Anna <anna@example.com>", "anna,eve@example.com", "anna@127.0.0.1",
    "anna@[127.0.0.1]", '"an na"@example.com', "a" * 65 + "@example.com", "anna@" + "x" * 64 + ".com", ""])  # fmt: skip
def test_what_is_no_plain_address_is_refused(post: Post, to: str) -> None:
    with pytest.raises(Rejected) as refused:
        post.send(replace(MAIL, to=(to,)))
    assert refused.value.field == "to"


@pytest.mark.parametrize(
    ("mail", "field"),
    [
        (replace(MAIL, subject="Alerts\r\nBcc: eve@example.com"), "subject"),
        (replace(MAIL, subject="Alerts\nX: y"), "subject"),
        (replace(MAIL, subject=""), "subject"),
        (replace(MAIL, to=()), "to"),
        (replace(MAIL, to=tuple(f"a{n}@example.com" for n in range(51))), "to"),
        (replace(MAIL, id="../../etc/passwd"), "id"),
        (replace(MAIL, id="a\r\nb"), "id"),
        (replace(MAIL, id=""), "id"),
    ],
)  # fmt: skip
def test_no_text_becomes_a_header_or_a_path(post: Post, mail: Mail, field: str) -> None:
    with pytest.raises(Rejected) as refused:
        post.send(mail)
    assert refused.value.field == field


class Sent(NamedTuple):
    to: list[str]
    subject: str
    text: str
    html: str


def test_a_mail_is_handed_over(post: Post, sent: Callable[[], list[Sent]]) -> None:
    post.send(replace(MAIL, id="whole", to=("anna@example.com", "bob@bücher.example")))
    assert sent() == [
        Sent(["anna@example.com", "bob@xn--bcher-kva.example"], MAIL.subject, MAIL.text, f"{MAIL.html}\n")
    ]


@pytest.fixture
def sent(home: str, tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[], list[Sent]]:
    """Everything handed over so far."""
    if home == "embedded":
        return lambda: [_read(path.read_bytes()) for path in (tmp_path / "outbox").glob("*")]
    url = request.getfixturevalue("emulator")
    return lambda: [
        Sent(one["To"], one["Subject"], one["BodyText"].replace("\r\n", "\n"), one["BodyHtml"].replace("\r\n", "\n"))
        for one in _messages(url)
    ]


def _messages(url: str) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{url}/_ministack/ses/messages") as answer:
        by_account = json.load(answer)["messages"]
    return [one for some in by_account.values() for one in some]


def _read(raw: bytes) -> Sent:
    mail = email.message_from_bytes(raw, _class=EmailMessage, policy=email.policy.default)
    bodies = [mail.get_body((kind,)) for kind in ("plain", "html")]
    text, html = (body.get_content().replace("\r\n", "\n") for body in bodies if body is not None)
    return Sent(mail["To"].split(", "), mail["Subject"], text, html)


def test_an_outbox_holds_a_mail_once_for_its_owner_only(tmp_path: Path) -> None:
    post = connect.post(f"file://{tmp_path}/mail/outbox")
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: post.send(MAIL), range(8)))
    post.send(replace(MAIL, text="another"))
    post.send(replace(MAIL, id="monitors-1b"))
    folder = tmp_path / "mail" / "outbox"
    assert sorted(path.name for path in folder.iterdir()) == ["monitors-1a.eml", "monitors-1b.eml"]
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700
    assert b"another" not in (folder / "monitors-1a.eml").read_bytes()
