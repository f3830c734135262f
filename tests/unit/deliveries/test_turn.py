"""Turns of a lane: what is sent, in which order, when again, and who may."""

from __future__ import annotations

import itertools
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from msgspec.structs import replace as changed

from cdp.documents import webhook_lanes, webhooks
from cdp.documents.webhook_lanes import Lane
from cdp.documents.webhooks import BY_REQUEST, FAILING, GONE
from cdp.errors import Rejected
from cdp.events import MonitorsDue
from cdp.inbox import Received
from functions.deliveries.lanes import processor
from tests.unit.deliveries.conftest import ACCOUNT, WEBHOOK, Post, key


def _hold(post: Post, holder: str, until: str | None = None) -> None:
    lane, version = webhook_lanes.read(post.table, ACCOUNT, WEBHOOK)
    end = post.clock() + webhook_lanes.LEASE
    held = Lane(holder=holder, held_until=end, until=until, bumps=lane.bumps)
    assert post.table.write([[webhook_lanes.put(ACCOUNT, WEBHOOK, held, version)]]) == [True]


def test_all_that_waits_goes_in_one_delivery_in_order(post: Post) -> None:
    post.wait("02", "01", "03")
    post.due()
    assert post.arrived() == ["01 02 03"]
    assert post.waiting() == []
    assert (post.lane().holder, post.lane().delivered_at) == ("", post.clock())
    (attempt,) = post.attempts()
    assert (attempt.status, attempt.failure, attempt.events, attempt.attempt) == (200, None, 3, 1)
    assert (attempt.first_external_id, attempt.last_external_id) == ("id-01", "id-03")
    assert attempt.delivery_id == post.receiver.arrivals[0].headers["webhook-id"]
    post.due()
    assert post.arrived() == ["01 02 03"]


@pytest.mark.parametrize("status", [200, 201, 202])
def test_these_answers_are_success(post: Post, status: int) -> None:
    post.answer(status)
    post.wait("01")
    post.due()
    assert (post.waiting(), post.lane().attempt) == ([], 0)


@pytest.mark.parametrize("status", [204, 301, 400, 404, 429, 500])
def test_these_answers_are_none(post: Post, status: int) -> None:
    post.answer(status, "Location: /elsewhere")
    post.wait("01")
    post.due()
    assert (post.waiting(), post.lane().attempt, post.attempts()[0].status) == (["01"], 1, status)
    assert [arrival.path for arrival in post.receiver.arrivals] == [f"/{WEBHOOK}"]


def test_a_delivery_has_its_limits(post: Post) -> None:
    post.pace = replace(post.pace, entries=2)
    post.wait("01", "02", "03", "04", "05")
    post.due()
    assert post.arrived() == ["01 02", "03 04", "05"]


def test_long_entries_go_by_themselves(post: Post) -> None:
    post.pace = replace(post.pace, entry_bytes=2000)
    post.wait("01", "02", size=600)
    post.wait("03", size=400_000)
    post.wait("04", "05")
    post.due()
    assert post.arrived() == ["01 02", "03", "04 05"]


def test_a_turn_ends_while_others_wait_for_theirs(post: Post) -> None:
    post.pace = replace(post.pace, entries=1, turn=timedelta(0))
    post.wait("01", "02")
    post.due()
    assert post.arrived() == ["01"]
    assert (post.lane().holder, post.delays()) == ("", [0])
    post.due()
    assert post.arrived() == ["01", "02"]
    assert post.delays() == [0]


def test_pauses_double_to_an_hour(post: Post) -> None:
    post.answer(500)
    post.wait("01")
    waits = []
    for _ in range(9):
        post.due()
        next_at = post.lane().next_at
        assert next_at is not None
        waits.append((next_at - post.clock()) / timedelta(minutes=1))
        assert post.attempts()[-1].retry_at == next_at
        post.clock.now = next_at
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert [attempt.attempt for attempt in post.attempts()] == [*range(1, 10)]


def test_it_is_the_same_delivery_every_time(post: Post) -> None:
    """Events that come in meanwhile wait behind it."""
    post.answer(503)
    post.wait("01", "02")
    post.due()
    post.wait("03")
    post.clock.pass_by(minutes=1)
    post.due()
    post.answer(200)
    post.clock.pass_by(minutes=2)
    post.due()
    assert post.arrived() == ["01 02", "01 02", "01 02", "03"]
    ids = [arrival.headers["webhook-id"] for arrival in post.receiver.arrivals]
    assert len(set(ids[:3])) == 1
    assert ids[3] != ids[0]
    assert (post.lane().attempt, post.lane().failing_since, post.lane().next_at) == (0, None, None)


def test_nothing_is_sent_before_its_time_and_one_message_leads_there(post: Post) -> None:
    post.answer(500)
    post.wait("01")
    post.due()
    for _ in range(5):
        post.due(holder="another")
    assert (post.arrived(), post.delays()) == (["01"], [60])


def test_long_pauses_are_chains_of_messages(post: Post) -> None:
    post.answer(500, "Retry-After: 2400")
    post.wait("01")
    post.due()
    assert post.delays() == [600]
    post.clock.pass_by(seconds=600)
    post.due()
    post.due()
    assert post.delays() == [600, 600]
    for _ in range(2):
        post.clock.pass_by(seconds=600)
        post.due()
    assert post.delays() == [600, 600, 600, 600]
    assert post.arrived() == ["01"]
    post.clock.pass_by(seconds=600)
    post.due()
    assert post.arrived() == ["01", "01"]


def test_no_answer_is_a_failure_with_its_reason(post: Post) -> None:
    nobody = "http://127.0.0.1:9/"
    webhooks.change(post.table, ACCOUNT, WEBHOOK, lambda old: changed(old, endpoint_url=nobody))
    post.wait("01")
    post.due()
    (attempt,) = post.attempts()
    assert attempt.status is None
    assert attempt.failure
    assert post.waiting() == ["01"]


def test_410_disables_at_once(post: Post) -> None:
    post.answer(410)
    post.wait("01", "02")
    post.due()
    assert (post.webhook().enabled, post.webhook().disabled_because) == (False, GONE)
    assert (post.waiting(), post.dead(), post.arrived()) == ([], ["01", "02"], ["01 02"])
    post.wait("03")
    post.due()
    assert (post.dead(), post.arrived()) == (["01", "02", "03"], ["01 02"])


def test_what_was_mended_during_a_last_failure_is_not_disabled(post: Post) -> None:
    """The 410 is the old address's; the new one is asked itself."""
    post.answer(410)
    post.wait("01")

    def move() -> None:
        post.receiver.heard = lambda: None
        post.clock.pass_by(seconds=1)
        url, now = post.receiver.url("/moved"), post.clock()
        webhooks.change(post.table, ACCOUNT, WEBHOOK, lambda old: changed(old, endpoint_url=url, fresh_since=now))

    post.receiver.heard = move
    post.due()
    assert (post.webhook().enabled, post.arrived(), post.arrived("moved")) == (True, ["01"], ["01"])
    assert (post.waiting(), post.dead(), [one.status for one in post.attempts()]) == ([], [], [410, 200])


def test_two_days_in_error_disable(post: Post) -> None:
    post.answer(500)
    post.wait("01")
    post.due()
    post.clock.pass_by(hours=48)
    post.due()
    assert post.webhook().enabled
    post.clock.pass_by(hours=1)
    post.due()
    assert (post.webhook().enabled, post.webhook().disabled_because) == (False, FAILING)
    assert (post.dead(), len(post.attempts())) == (["01"], 3)
    assert (post.lane().attempt, post.lane().until) == (0, None)


def test_success_in_between_starts_the_two_days_anew(post: Post) -> None:
    for status in (500, 200, 500):
        post.answer(status)
        post.wait("01")
        post.due()
        post.clock.pass_by(hours=40)
    assert post.webhook().enabled
    assert post.lane().attempt == 1


def test_a_webhook_that_was_mended_is_tried_at_once(post: Post) -> None:
    post.answer(500)
    post.wait("01")
    post.due()
    post.answer(200)
    post.clock.pass_by(seconds=5)
    now = post.clock()
    webhooks.change(post.table, ACCOUNT, WEBHOOK, lambda old: changed(old, fresh_since=now))
    post.due()
    assert (post.arrived(), post.lane().attempt) == (["01", "01"], 0)


def test_dead_letters_come_back_in_their_old_places(post: Post) -> None:
    post.answer(410)
    post.wait("01", "02", "03")
    post.due()
    post.answer(200)
    webhooks.change(post.table, ACCOUNT, WEBHOOK, lambda old: changed(old, enabled=True))
    post.wait("04")
    webhook_lanes.ask_for_replay(post.table, ACCOUNT, WEBHOOK)
    post.due()
    assert post.arrived() == ["01 02 03", "01 02 03 04"]
    assert (post.dead(), post.lane().replay) == ([], False)


def test_a_replay_ends_when_the_webhook_is_disabled_again(post: Post) -> None:
    """Enabled later, it starts without its dead letters until somebody asks for them anew."""
    post.answer(410)
    post.wait("01")
    post.due()
    webhooks.change(post.table, ACCOUNT, WEBHOOK, lambda old: changed(old, enabled=True))
    webhook_lanes.ask_for_replay(post.table, ACCOUNT, WEBHOOK)
    webhooks.disable(post.table, ACCOUNT, WEBHOOK, BY_REQUEST, post.clock())
    post.due()
    assert (post.lane().replay, post.dead()) == (False, ["01"])
    webhooks.change(post.table, ACCOUNT, WEBHOOK, lambda old: changed(old, enabled=True))
    post.due()
    assert (post.dead(), post.arrived()) == (["01"], ["01"])


def test_of_a_deleted_webhook_nothing_stays(post: Post) -> None:
    post.answer(410)
    post.wait("01")
    post.due()
    post.wait("02")
    webhooks.remove(post.table, post.secrets, ACCOUNT, WEBHOOK, post.clock())
    post.due()
    assert (post.waiting(), post.dead(), post.lane()) == ([], [], Lane())


def test_who_finds_the_lane_held_leaves_word(post: Post) -> None:
    _hold(post, "another")
    post.wait("01")
    post.due()
    assert (post.arrived(), post.lane().bumps, post.lane().holder) == ([], 1, "another")
    post.clock.pass_by(seconds=webhook_lanes.LEASE.total_seconds())
    post.due()
    assert post.arrived() == ["01"]


def test_a_message_that_comes_again_holds_its_lane_still(post: Post) -> None:
    """After a crash it sends what it had begun to send."""
    post.wait("01", "02")
    _hold(post, "message", until=key("02"))
    post.wait("03")
    post.due("message")
    assert post.arrived() == ["01 02", "03"]


def test_endpoints_in_error_share_a_few_places(post: Post) -> None:
    post.answer(500)
    post.wait("01")
    post.due()
    post.answer(200)
    post.clock.pass_by(minutes=1)
    taken = [webhook_lanes.take_slot(post.table, ACCOUNT, "others", post.clock()) for _ in range(webhook_lanes.SLOTS)]
    assert None not in taken
    assert webhook_lanes.take_slot(post.table, ACCOUNT, "others", post.clock()) is None
    post.due()
    post.due()
    assert (post.arrived(), post.delays()) == (["01"], [60, 2])
    assert taken[0] is not None
    webhook_lanes.free_slot(post.table, taken[0])
    post.clock.pass_by(seconds=2)
    post.due()
    assert (post.arrived(), post.lane().attempt) == (["01", "01"], 0)


def test_both_secrets_sign_during_a_rotation(post: Post) -> None:
    webhooks.set_secret(post.secrets, ACCOUNT, WEBHOOK, "another secret, newer", post.clock())
    post.wait("01")
    post.due()
    assert len(post.receiver.arrivals[0].headers["webhook-signature"].split(" ")) == 2
    post.clock.pass_by(hours=24)
    post.wait("02")
    post.due()
    assert len(post.receiver.arrivals[1].headers["webhook-signature"].split(" ")) == 1


def test_other_messages_are_refused(post: Post) -> None:
    with pytest.raises(Rejected, match="MonitorsDue"):
        processor(post.room(), "message")([Received(MonitorsDue(ACCOUNT, "2026-01-01T00:00:00Z"), 1)])


def test_no_wake_up_is_lost_between_many_at_once(post: Post) -> None:
    """Every thread writes an entry and then says so; whoever holds the lane delivers for the others."""
    names = itertools.count(1)
    lock = threading.Lock()

    def work(no: int) -> None:
        for turn in range(12):
            with lock:
                post.wait(f"{next(names):02d}")
            post.due(f"{no}-{turn}")

    threads = [threading.Thread(target=work, args=(no,), daemon=True) for no in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert post.waiting() == []
    assert " ".join(post.arrived()).split() == [f"{n:02d}" for n in range(1, 73)]
    assert post.lane().holder == ""


def test_what_a_turn_has_learnt_survives_that_somebody_comes_by(post: Post) -> None:
    """The first delivery heals the webhook; then another message leaves word before the second, which fails."""
    post.answer(500)
    post.wait("01")
    post.due()
    post.clock.pass_by(hours=47)
    post.pace = replace(post.pace, entries=1)
    post.answer(200)
    turns = iter([0, 1])

    def answered() -> None:
        if next(turns):
            post.answer(500)
        post.due("another")

    post.wait("02")
    post.receiver.heard = answered
    post.due()
    lane = post.lane()
    assert post.arrived() == ["01", "01", "02"]
    assert (lane.attempt, lane.failing_since, lane.bumps) == (1, post.clock(), 2)
