"""The room as its home calls it: records of the inbox in, answers in the inbox of `predict`."""

from __future__ import annotations

from pathlib import Path

import pytest

from cdp import connect, events
from cdp.clv.statistics import Purchases, Spend, pack
from cdp.entry import entry
from cdp.events import CompactionDue, FitDone, FitDue
from cdp.events.fit_due import Sample
from cdp.ports import Queue
from functions.fit import handler
from functions.fit.settings import Settings
from tests.unit.fit.shop import purchases, rows_of, spend


@pytest.fixture
def queues(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Queue, Queue]:
    named = {f"{name}_queue": f"sqlite://{tmp_path}/queues.db#{name}" for name in ("fit", "predict")}
    for name, locator in named.items():
        monkeypatch.setenv(name.upper(), locator)
    monkeypatch.setattr(handler, "handler", entry(Settings, inbox=handler.inbox))
    return connect.queue(named["fit_queue"]), connect.queue(named["predict_queue"])


def deliver(queue: Queue) -> None:
    for one in queue.receive(10, visibility_s=600):
        record = {
            "messageId": one.id, "receiptHandle": one.receipt, "body": one.body,
            "attributes": {"ApproximateReceiveCount": str(one.attempt), "SentTimestamp": "0"},
        }  # fmt: skip
        assert handler.handler({"Records": [record]}, None) == {"batchItemFailures": []}
        queue.ack([one])


def test_samples_in_fits_out(queues: tuple[Queue, Queue]) -> None:
    inbox, predict = queues
    x, recency, age = purchases(600)
    whole = pack(Purchases(*rows_of(x, recency, age)), Spend(*rows_of(*spend(x + 1))))
    empty = pack(Purchases(*rows_of(*(x[:0],) * 3)), Spend(*rows_of(*(x[:0],) * 2)))
    inbox.send([events.encode(FitDue("ABC123", "mark", {"whole": whole, "empty": empty}))])
    deliver(inbox)
    (answer,) = predict.receive(10, visibility_s=60)
    done = events.decode(answer.body)
    assert isinstance(done, FitDone)
    assert (done.account_id, done.training, list(done.fits)) == ("ABC123", "mark", ["whole", "empty"])
    fit = done.fits["whole"]
    assert fit.purchases is not None
    assert fit.purchases.name == "MBG/NBD"
    assert fit.spend is not None
    assert (fit.purchases_failed, fit.spend_failed) == (None, None)
    assert done.fits["empty"].purchases is None
    assert done.fits["empty"].purchases_failed == "There are fewer than 4 different purchase histories."
    assert done.fits["empty"].spend_failed == "There are fewer than 3 different amounts spent."


def test_other_messages_are_set_aside(queues: tuple[Queue, Queue]) -> None:
    inbox, predict = queues
    inbox.send([events.encode(CompactionDue("ABC123", "events"))])
    deliver(inbox)
    assert [letter.reason for letter in inbox.dead_letters()] == ["rejected: CompactionDue is no message for this room"]
    assert predict.depth() == 0


def test_samples_without_a_name_are_answered_too(queues: tuple[Queue, Queue]) -> None:
    inbox, predict = queues
    inbox.send([events.encode(FitDue("ABC123", "mark", dict[str, Sample]()))])
    deliver(inbox)
    (answer,) = predict.receive(10, visibility_s=60)
    assert events.decode(answer.body) == FitDone("ABC123", "mark", {})
