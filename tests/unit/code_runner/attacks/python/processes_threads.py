"""Threads, which would go on after the call.

ends: ok, failed, crashed
native: thread, low
"""
import _thread
import threading


def handler(event, context):
    def started():
        thread = threading.Thread(target=lambda: None)
        thread.start()
        return "started"

    return {
        "thread": tried(started),
        "low": tried(lambda: _thread.start_new_thread(abs, (1,))),
        "pool": tried(lambda: __import__("concurrent.futures").futures.ThreadPoolExecutor(1).submit(abs, 1).result()),
        "timer": tried(lambda: threading.Timer(0.01, abs, (1,)).start() or "started"),
    }
