"""What tells where the code runs: user, host, folders, arguments, time zone, other processes.

native: argv, cwd, user, host, processes, own
"""
import os
import sys


def handler(event, context):
    return {
        "argv": tried(lambda: needed([each for each in [*sys.argv, *sys.orig_argv] if "/" in each])),
        "executable": tried(lambda: needed(sys.executable)),
        "path": tried(lambda: needed([each for each in sys.path if "/" in each])),
        "cwd": tried(lambda: needed(os.getcwd().strip("/"))),
        "user": tried(lambda: __import__("pwd").getpwuid(os.getuid()).pw_name),
        "host": tried(lambda: __import__("socket").gethostname()),
        "uname": tried(lambda: needed([each for each in os.uname() if each == event["host"]])),
        "processes": tried(lambda: needed(os.listdir("/proc"))),
        "own": tried(lambda: needed(os.listdir(os.path.dirname(event["file"])))),
        "load": tried(lambda: os.getloadavg()),
        "variables": tried(lambda: needed(sorted(set(os.environ) - {"MARK"}))),
    }
