"""Slots of an account, and the line of those for whom there is none."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import msgspec

from cdp import events
from cdp.code.job import Call, Outcome
from cdp.documents import function_slots, function_waiting
from cdp.documents.function_slots import LEASE_S
from cdp.events import FunctionDue
from cdp.inbox import Received
from tests.unit.executions.conftest import Desk, ok, open_desk, trigger, until


def test_a_slot_is_held_by_one_and_free_again_when_its_lease_is_over(desk: Desk) -> None:
    table, account = desk.table, desk.account
    held = [function_slots.acquire(table, account, 3) for _ in range(3)]
    assert len({slot.key for slot in held if slot}) == 3
    assert function_slots.acquire(table, account, 3) is None
    assert function_slots.free(table, account, 3) == 0
    assert function_slots.acquire(table, "OTHER1", 3) is not None, "another account has slots of its own"
    assert held[0] is not None
    function_slots.release(table, held[0])
    assert function_slots.free(table, account, 3) == 1
    later = time.time() + LEASE_S + 1
    taken = function_slots.acquire(table, account, 3, lambda: later)
    assert taken is not None


def test_a_lease_that_is_renewed_goes_on_and_one_that_was_lost_stays_lost(desk: Desk) -> None:
    table, account, begun = desk.table, desk.account, time.time()
    mine = function_slots.acquire(table, account, 1, lambda: begun)
    assert mine is not None
    (mine,) = function_slots.renew(table, [mine], lambda: begun + 10)
    assert mine is not None
    assert function_slots.acquire(table, account, 1, lambda: begun + LEASE_S + 1) is None
    theirs = function_slots.acquire(table, account, 1, lambda: begun + 10 + LEASE_S + 1)
    assert theirs is not None
    assert function_slots.renew(table, [mine]) == [None]
    function_slots.release(table, mine)
    assert function_slots.acquire(table, account, 1, lambda: begun + 27) is None, "it is theirs still"


def test_who_finds_no_slot_stands_in_line_until_one_is_free(tmp_path: Path) -> None:
    desk = open_desk(tmp_path, slots=1)
    one = desk.function()
    go = threading.Event()

    def play(call: Call) -> Outcome:
        go.wait(10)
        return ok(call)

    desk.sandbox.play = play
    first = threading.Thread(target=desk.hand, args=(one, "e1"), daemon=True)
    first.start()
    until(lambda: len(desk.sandbox.jobs) == 1)
    desk.hand(one, "e2")
    assert len(desk.sandbox.jobs) == 1, "the second stands in line"
    assert function_waiting.anybody(desk.table, desk.account)
    (alarm,) = desk.inbox()
    assert alarm == FunctionDue(desk.account, "", ())
    go.set()
    first.join()
    (called,) = desk.inbox()
    assert [given.event_id for given in called.triggers] == ["e2"]
    assert not function_waiting.anybody(desk.table, desk.account)
    desk.take(called)
    assert {run.event_id for run in desk.runs(one)} == {"e1", "e2"}
    desk.take(alarm)
    assert not desk.inbox(), "an alarm finds nobody and stops"


def test_an_alarm_lets_them_in_when_all_who_held_a_slot_have_died(tmp_path: Path) -> None:
    desk = open_desk(tmp_path, slots=2)
    one = desk.function()
    for _ in range(2):  # whoever held them is gone, and their leases are over in a moment
        function_slots.acquire(desk.table, desk.account, 2, lambda: time.time() - LEASE_S + 0.4)
    desk.hand(one, "e1")
    desk.hand(one, "e2")
    (alarm,) = desk.inbox()
    desk.later(20)
    time.sleep(0.5)
    desk.take(alarm)
    called = desk.inbox()
    for message in called:
        desk.take(message)
    assert {run.event_id for run in desk.runs(one)} == {"e1", "e2"}


def test_a_long_message_waits_whole(desk: Desk) -> None:
    given = FunctionDue(desk.account, "greet0", tuple(trigger(f"e{n}", text="ä" * 200_000) for n in range(9)))
    function_waiting.add(desk.table, desk.account, events.encode(given), desk.now)
    assert function_waiting.put_back(desk.table, desk.queue, desk.account, desk.now)
    assert desk.inbox() == [given]
    assert not function_waiting.put_back(desk.table, desk.queue, desk.account, desk.now)


def test_one_that_is_being_put_back_is_not_put_back_twice(desk: Desk) -> None:
    given = FunctionDue(desk.account, "greet0", (trigger("e1"),))
    function_waiting.add(desk.table, desk.account, events.encode(given), desk.now)
    gate = threading.Barrier(8)

    def take() -> None:
        gate.wait()
        function_waiting.put_back(desk.table, desk.queue, desk.account, desk.now)

    _together(take, 8)
    assert len(desk.inbox()) == 1


def test_many_threads_never_run_more_than_the_slots_and_lose_nothing(tmp_path: Path) -> None:
    desk = open_desk(tmp_path, slots=3)
    one = desk.function()
    names = [f"e{n}" for n in range(60)]
    desk.queue.send([events.encode(FunctionDue(desk.account, one.id, (trigger(name),))) for name in names])
    running, most = Counter[str](), [0]
    lock = threading.Lock()

    def play(call: Call) -> Outcome:
        with lock:
            running["now"] += 1
            most[0] = max(most[0], running["now"])
        time.sleep(0.003)
        with lock:
            running["now"] -= 1
        return ok(call)

    desk.sandbox.play = play

    def work() -> None:
        while len(desk.sandbox.jobs) < len(names):
            for delivery in desk.queue.receive(1, visibility_s=60):
                message = events.decode(delivery.body)
                desk.dispatcher.process([Received(message, 1)])
                desk.queue.ack([delivery])

    _together(work, 8)
    assert {run.event_id for run in desk.runs(one)} == set(names)
    assert len(desk.runs(one)) == len(names)
    assert 1 < most[0] <= 3
    assert not function_waiting.anybody(desk.table, desk.account)


def test_functions_that_never_end_do_not_hold_up_another_account(tmp_path: Path) -> None:
    """Six threads, and an account that would fill them ten times over: the other's runs do not wait for it."""
    desk = open_desk(tmp_path, slots=4)
    endless, quick = desk.function("endless"), desk.function("quick", account="OTHER1")
    stop = threading.Event()

    def play(call: Call) -> Outcome:
        if msgspec.json.decode(call.context)["function_id"] == endless.id:
            stop.wait(30)
            return Outcome(call.id, "timeout", 5000.0)
        return ok(call)

    desk.sandbox.play = play
    looping = [events.encode(FunctionDue(desk.account, endless.id, (trigger(f"e{n}"),))) for n in range(60)]
    desk.queue.send(looping)
    desk.queue.send([events.encode(FunctionDue("OTHER1", quick.id, (trigger(f"q{n}"),))) for n in range(20)])

    def work() -> None:
        while not stop.is_set():
            for delivery in desk.queue.receive(1, visibility_s=60):
                desk.dispatcher.process([Received(events.decode(delivery.body), 1)])
                desk.queue.ack([delivery])
            time.sleep(0.001)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(6)]
    for thread in threads:
        thread.start()
    try:
        until(lambda: len(desk.runs(quick, "OTHER1")) == 20)
        assert not desk.runs(endless), "none of the first account's has ended yet"
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _together(work: Callable[[], None], count: int) -> None:
    threads = [threading.Thread(target=work, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
