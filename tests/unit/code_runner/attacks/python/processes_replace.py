"""Another program in this one's place.

ends: ok, crashed
"""
import os


def handler(event, context):
    return {name: tried(lambda name=name: getattr(os, name)("/bin/true", "true")) for name in ("execl", "execlp")} | {
        "execv": tried(lambda: os.execv("/bin/true", ["true"])),
        "execve": tried(lambda: os.execve("/bin/true", ["true"], {})),
    }
