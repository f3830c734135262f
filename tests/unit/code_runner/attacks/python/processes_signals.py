"""Signals to the platform, and to this process.

ends: ok, failed, crashed
"""
import os
import signal


def handler(event, context):
    return {
        "parent": tried(lambda: os.kill(event["pid"], 9) or "sent"),
        "all": tried(lambda: os.kill(-1, 9) or "sent"),
        "group": tried(lambda: os.killpg(0, 9) or "sent"),
        "raise": tried(lambda: signal.raise_signal(9) or "sent"),
        "alarm": tried(lambda: needed(signal.alarm(1))),
    }
