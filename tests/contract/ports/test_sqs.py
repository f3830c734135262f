"""What is particular to SQS, beside the suite of every queue."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest

from cdp import connect
from cdp.adapters.aws import clients
from cdp.adapters.aws.queue import SqsQueue
from tests.contract.ports.conftest import make_sqs_locator

HIDDEN_S = 30


@pytest.fixture
def sqs(emulator: str, spill_bucket: str, unique: Callable[[str], str]) -> tuple[SqsQueue, str]:
    """A queue and its URL; SQS moves a message to the dead letters after two attempts."""
    name = unique("inbox")
    locator = make_sqs_locator(name, spill_bucket)
    url, dead = locator.removeprefix("sqs+").split("?")[0], f"{name}-dead"
    arn = f"arn:aws:sqs:us-east-1:000000000000:{dead}"
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 2})
    clients.sqs().set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": policy})
    queue = connect.queue(locator)
    assert isinstance(queue, SqsQueue)
    return queue, url


def test_a_large_body_travels_as_a_claim_check_that_body_of_redeems(sqs: tuple[SqsQueue, str]) -> None:
    """An event source hands a Lambda the raw body, not through `receive`."""
    queue, url = sqs
    body = json.dumps({"text": "x" * 1_500_000})
    queue.send([body])
    (record,) = clients.sqs().receive_message(QueueUrl=url, WaitTimeSeconds=1)["Messages"]
    assert len(record["Body"]) < 200
    assert queue.body_of(record["Body"]) == body


def test_a_message_that_sqs_gave_up_is_a_dead_letter_and_can_be_replayed(sqs: tuple[SqsQueue, str]) -> None:
    queue, _ = sqs
    queue.send(["x" * 1_500_000])
    for _attempt in range(2):
        (delivery,) = queue.receive(1, visibility_s=HIDDEN_S)
        queue.retry(delivery, delay_s=0)
    deadline = time.monotonic() + 20
    while not (letters := queue.dead_letters()) and time.monotonic() < deadline:
        queue.receive(1, visibility_s=HIDDEN_S)
    (letter,) = letters
    assert letter.reason == "its attempts were used up"
    assert letter.body == "x" * 1_500_000
    assert queue.replay([letter.id]) == 1
    (again,) = queue.receive(1, visibility_s=HIDDEN_S)
    assert (again.body, again.attempt) == (letter.body, 1)
