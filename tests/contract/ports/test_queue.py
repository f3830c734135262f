"""What every `Queue` does."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from cdp.ports import LONGEST_DELAY_S, Delivery, Queue

HIDDEN_S = 30


def take(queue: Queue, count: int, *, visibility_s: int = HIDDEN_S) -> list[Delivery]:
    """Receive until there are `count` messages; a generous deadline, no timing asserted."""
    deadline = time.monotonic() + 20
    found: list[Delivery] = []
    while len(found) < count and time.monotonic() < deadline:
        page = queue.receive(count - len(found), visibility_s=visibility_s)
        found += page
        if not page:
            time.sleep(0.05)
    assert len(found) == count
    return found


def drain(queue: Queue) -> list[Delivery]:
    """Receive until nothing comes."""
    found: list[Delivery] = []
    while page := queue.receive(10, visibility_s=HIDDEN_S):
        found += page
    return found


def test_what_is_sent_is_received_and_gone_when_acknowledged(queue: Queue) -> None:
    before = datetime.now(UTC)
    queue.send(["one", "two"])
    assert queue.depth() == 2
    found = take(queue, 2)
    assert sorted(delivery.body for delivery in found) == ["one", "two"]
    assert {delivery.attempt for delivery in found} == {1}
    assert all(abs((delivery.sent_at - before).total_seconds()) < 60 for delivery in found)
    assert len({delivery.id for delivery in found}) == 2
    assert queue.depth() == 2, "in flight counts"
    queue.ack(found)
    assert queue.depth() == 0
    assert queue.receive(10, visibility_s=HIDDEN_S) == []


def test_nothing_to_do_is_no_error(queue: Queue) -> None:
    queue.send([])
    queue.ack([])
    assert queue.receive(1, visibility_s=HIDDEN_S) == []
    assert queue.dead_letters() == []
    assert queue.replay() == 0
    assert queue.depth() == 0


def test_more_messages_than_one_call_of_any_service(queue: Queue) -> None:
    bodies = [f"message {i}" for i in range(47)]
    queue.send(bodies)
    found = queue.receive(40, visibility_s=HIDDEN_S)
    assert len(found) == 40
    found += take(queue, 7)
    assert sorted(delivery.body for delivery in found) == sorted(bodies)
    queue.ack(found)
    assert queue.depth() == 0


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("x" * 2_000_000, id="2 MB"),
        pytest.param("ü" * 500_000, id="1 MB in bytes, not in characters"),
        pytest.param("é中😀", id="beyond ASCII"),
        pytest.param('{"text":"\x00\x08\x1f"}', id="control characters"),
        pytest.param("\ufffe and \uffff", id="no characters of XML"),
        pytest.param("\t\r\n\x7f  ", id="white space"),
    ],
)
def test_a_body_is_any_text(queue: Queue, body: str) -> None:
    queue.send([body])
    (delivery,) = take(queue, 1)
    assert delivery.body == body
    queue.set_aside(delivery, "poison")
    (letter,) = queue.dead_letters()
    assert letter.body == body
    assert queue.replay() == 1
    (again,) = take(queue, 1)
    assert again.body == body
    queue.ack([again])


def test_a_batch_of_large_bodies_arrives_whole(queue: Queue) -> None:
    bodies = [str(i) * 400_000 for i in range(6)]
    queue.send(bodies)
    found = take(queue, 6)
    assert sorted(delivery.body for delivery in found) == bodies


def test_a_received_message_is_hidden_and_comes_back_when_its_time_is_over(queue: Queue) -> None:
    queue.send(["x"])
    (first,) = queue.receive(1, visibility_s=1)
    (second,) = take(queue, 1)
    assert (second.id, second.body, second.sent_at) == (first.id, first.body, first.sent_at)
    assert second.attempt > first.attempt


def test_retry_brings_it_back_with_the_next_attempt(queue: Queue) -> None:
    queue.send(["x"])
    for attempt in (1, 2, 3):
        (delivery,) = take(queue, 1)
        assert delivery.attempt == attempt
        queue.retry(delivery, delay_s=0)
    (delivery,) = take(queue, 1)
    queue.retry(delivery, delay_s=HIDDEN_S)
    assert queue.receive(1, visibility_s=HIDDEN_S) == []
    assert queue.depth() == 1


def test_a_delayed_message_is_not_there_yet(queue: Queue) -> None:
    queue.send(["later"], delay_s=HIDDEN_S)
    queue.send(["now"])
    assert [delivery.body for delivery in take(queue, 1)] == ["now"]
    assert queue.receive(1, visibility_s=HIDDEN_S) == []
    assert queue.depth() == 2


def test_a_delayed_message_arrives(queue: Queue) -> None:
    queue.send(["soon"], delay_s=1)
    assert [delivery.body for delivery in take(queue, 1)] == ["soon"]


@pytest.mark.parametrize("delay_s", [-1, LONGEST_DELAY_S + 1])
def test_a_delay_beyond_the_limit_is_a_bug(queue: Queue, delay_s: int) -> None:
    with pytest.raises(ValueError, match="900"):
        queue.send(["x"], delay_s=delay_s)
    queue.send(["x"], delay_s=LONGEST_DELAY_S)
    assert queue.depth() == 1


def test_readers_at_once_share_the_messages(queue: Queue) -> None:
    queue.send([str(i) for i in range(40)])
    with ThreadPoolExecutor(4) as threads:
        shares = list(threads.map(lambda _: drain(queue), range(4)))
    assert sorted((delivery.body for share in shares for delivery in share), key=int) == [
        str(i) for i in range(40)
    ]


def test_senders_at_once_lose_nothing(queue: Queue) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda i: queue.send([f"{i}-{j}" for j in range(3)]), range(16)))
    assert sorted(d.body for d in take(queue, 48)) == sorted(f"{i}-{j}" for i in range(16) for j in range(3))


# ---------------------------------------------------------------- dead letters


def test_a_message_set_aside_keeps_body_reason_and_attempt(queue: Queue) -> None:
    queue.send(["poison", "fine"])
    found = {delivery.body: delivery for delivery in take(queue, 2)}
    queue.set_aside(found["poison"], "field /data/attributes/time: nicht lesbar\n\x00")
    assert queue.depth() == 1, "dead letters are not counted"
    (letter,) = queue.dead_letters()
    assert (letter.body, letter.attempt) == ("poison", 1)
    assert "/data/attributes/time: nicht lesbar" in letter.reason
    assert abs((datetime.now(UTC) - letter.set_aside_at).total_seconds()) < 60


@pytest.mark.parametrize("reason", ["", "é" * 5000])
def test_a_reason_is_any_text(queue: Queue, reason: str) -> None:
    queue.send(["x"])
    (delivery,) = take(queue, 1)
    queue.set_aside(delivery, reason)
    (letter,) = queue.dead_letters()
    assert letter.reason[:900] == (reason[:900] or letter.reason)


def test_listing_dead_letters_loses_none(queue: Queue) -> None:
    queue.send([str(i) for i in range(25)])
    for delivery in take(queue, 25):
        queue.set_aside(delivery, f"reason {delivery.body}")
    for _ in range(3):
        letters = queue.dead_letters()
        assert sorted((letter.body for letter in letters), key=int) == [str(i) for i in range(25)]
        assert all(letter.reason == f"reason {letter.body}" for letter in letters)
    assert len(queue.dead_letters(7)) == 7
    assert queue.replay() == 25
    assert queue.dead_letters() == []


def test_replay_of_chosen_dead_letters(queue: Queue) -> None:
    queue.send(["a", "b", "c", "d"])
    for delivery in take(queue, 4):
        queue.set_aside(delivery, "because")
    ids = {letter.body: letter.id for letter in queue.dead_letters()}
    assert queue.replay([ids["b"], ids["d"]]) == 2
    assert sorted(letter.body for letter in queue.dead_letters()) == ["a", "c"]
    found = take(queue, 2)
    assert sorted(delivery.body for delivery in found) == ["b", "d"]
    assert {delivery.attempt for delivery in found} == {1}, "a replayed message starts anew"
    assert queue.replay([ids["b"]]) == 0, "it is no dead letter any more"
    assert queue.replay() == 2
    assert sorted(delivery.body for delivery in take(queue, 2)) == ["a", "c"]


# ---------------------------------------------------------------- what is particular


def test_body_of_resolves_what_a_lambda_is_handed(queue: Queue) -> None:
    """A record of an event source holds the raw body of the queue."""
    assert queue.body_of("plain") == "plain"
    assert queue.body_of('the word "ClaimCheck"') == 'the word "ClaimCheck"'
    assert queue.body_of('{"type":"Scheduled","job":"x"}') == '{"type":"Scheduled","job":"x"}'
