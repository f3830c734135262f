"""Credentials of the cloud and of the platform in the environment, by every way to it.

native: environ, getenv, bytes, proc, system
"""
import os


def handler(event, context):
    name = "AWS_SECRET_ACCESS_KEY"
    return {
        "environ": tried(lambda: os.environ[name]),
        "getenv": tried(lambda: needed(os.getenv(name))),
        "bytes": tried(lambda: os.environb[name.encode()]),
        "posix": tried(lambda: needed(sorted(set(map(str, __import__("posix").environ)) & {f"b'{name}'", name}))),
        "reloaded": tried(lambda: __import__("importlib").reload(os).environ[name]),
        "proc": tried(lambda: needed(open("/proc/self/environ", "rb").read())),
        "parent": tried(lambda: open(f"/proc/{event['pid']}/environ", "rb").read()),
        "system": tried(lambda: needed(__import__("subprocess").check_output(["/usr/bin/env"]))),
        "config": tried(lambda: needed(__import__("sysconfig").get_config_var(name))),
    }
