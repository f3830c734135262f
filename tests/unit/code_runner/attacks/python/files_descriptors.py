"""Descriptors that the host process has open: its socket to the platform, the compiled guest.

ends: ok, crashed
native: write
"""
import os


def handler(event, context):
    found = {f"read {fd}": tried(lambda fd=fd: needed(os.pread(fd, 20, 0))) for fd in range(3, 30)}
    found["write"] = tried(lambda: os.write(2, b"\x05\x00\x00\x00\x02\x00\x00\x00\x00{}"))
    found["dup"] = tried(lambda: os.dup(3))
    found["fdopen"] = tried(lambda: os.fdopen(3, "rb").read(1))
    found["fcntl"] = tried(lambda: __import__("fcntl").fcntl(3, 1))
    return found
