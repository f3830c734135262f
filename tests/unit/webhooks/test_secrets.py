"""A secret is in the store of secrets and nowhere else; after a change the one before is valid for a day."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import pytest

from cdp.documents import listeners, webhooks
from cdp.errors import Unavailable
from tests.unit.webhooks.conftest import ACCOUNT, NOW, SECRET, SENT, Room

ANOTHER, THIRD = "another secret, twenty", "a third secret, as long"


def test_nowhere_but_in_the_store(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    """Neither in an answer, nor in a log, nor in any byte that is stored elsewhere."""
    with caplog.at_level(logging.DEBUG):
        id_ = room.made()
        answers = [
            room.caller.get(f"/api/webhooks/{id_}"),
            room.caller.get("/api/webhooks"),
            room.change(id_, secret_key=ANOTHER),
            room.change(id_, secret_key=THIRD, endpoint_url="not one"),
            room.create(secret_key=THIRD, name=7),
        ]
        related = {"webhook": {"data": {"type": "webhook", "id": id_}}}
        body = {"data": {"type": "webhook-test", "relationships": related}}
        answers.append(room.caller("POST", "/api/webhook-tests", body))
    said = [str(answer.document) + str(answer.headers) for answer in answers] + [caplog.text]
    stored = {path.name: path.read_bytes() for path in room.folder.rglob("*") if path.is_file()}
    assert SECRET.encode() in stored.pop("secrets.json")
    assert stored.keys() >= {"documents.db", "queues.db"}
    assert id_.encode() in b"".join(stored.values())
    for secret in (SECRET, ANOTHER, THIRD):
        assert not [text for text in said if secret in text]
        assert not [name for name, content in stored.items() if secret.encode() in content]


def test_the_path_of_an_address_is_not_shown(room: Room) -> None:
    id_ = room.made()
    for url in (f"/api/webhooks/{id_}", "/api/webhooks", f"/api/webhooks/{id_}?additional-fields[webhook]=backlog"):
        assert "t0ken" not in str(room.caller.get(url).document)


def test_a_rotation(room: Room) -> None:
    id_ = room.made()

    def valid(at: datetime) -> tuple[str, ...]:
        return webhooks.secrets_of(room.secrets, ACCOUNT, id_, at)

    assert valid(NOW) == (SECRET,)
    webhooks.set_secret(room.secrets, ACCOUNT, id_, ANOTHER, NOW)
    assert valid(NOW) == valid(NOW + timedelta(hours=23, minutes=59)) == (ANOTHER, SECRET)
    assert valid(NOW + timedelta(hours=24)) == (ANOTHER,)
    webhooks.set_secret(room.secrets, ACCOUNT, id_, ANOTHER, NOW + timedelta(hours=1))
    assert valid(NOW + timedelta(hours=2)) == (ANOTHER, SECRET)
    webhooks.set_secret(room.secrets, ACCOUNT, id_, THIRD, NOW + timedelta(hours=2))
    assert valid(NOW + timedelta(hours=3)) == (THIRD, ANOTHER)
    assert webhooks.secrets_of(room.secrets, ACCOUNT, "nobody", NOW) == ()


def test_a_new_secret_is_a_change(room: Room) -> None:
    id_ = room.made()
    before = webhooks.get(room.table, ACCOUNT, id_)
    room.change(id_, secret_key=ANOTHER)
    after = webhooks.get(room.table, ACCOUNT, id_)
    assert before is not None
    assert after is not None
    assert after.updated > before.updated
    assert after.topics == (SENT,)


def test_a_creation_that_fails_keeps_the_secret_of_what_is_there(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """The document was written, and its listeners could not be: the webhook goes on, so its secret stays."""

    def away(*_: object) -> None:
        raise Unavailable("the table is away")

    with monkeypatch.context() as patched:
        patched.setattr(listeners, "add", away)
        assert room.create().status == 503
    (webhook,) = webhooks.all_of(room.table, ACCOUNT)
    assert webhooks.secrets_of(room.secrets, ACCOUNT, webhook.id, NOW) == (SECRET,)


def test_what_a_half_done_deletion_leaves_is_deleted_by_the_next(room: Room) -> None:
    id_ = room.made()
    webhooks.forget_secret(room.secrets, ACCOUNT, id_)
    assert webhooks.remove(room.table, room.secrets, ACCOUNT, id_, NOW)
    assert not webhooks.remove(room.table, room.secrets, ACCOUNT, id_, NOW)
