"""Modules of the host: what the platform is made of, and what reaches out of an interpreter.

native: cdp, boto3, wasmtime, ctypes, subprocess, socket
"""
NAMES = (
    "cdp", "cdp.connect", "functions", "functions.code_runner.sandbox.child", "infra", "boto3", "botocore", "duckdb", "pyarrow",
    "wasmtime", "msgspec", "h11", "ctypes", "_ctypes", "cffi", "mmap", "fcntl", "resource", "sqlite3", "_sqlite3", "ssl", "_ssl",
    "subprocess", "_posixsubprocess", "multiprocessing", "_multiprocessing", "pty", "termios", "syslog", "pwd", "grp",
    "readline", "curses", "dbm", "tkinter", "numpy", "awslambdaric", "bootstrap", "lambda_function", "wasi", "js", "pyodide",
    "_testcapi", "_testinternalcapi", "_xxsubinterpreters", "_interpreters", "site", "sitecustomize", "usercustomize",
    "pip", "setuptools", "ensurepip", "venv", "zipapp", "this", "antigravity",
)


def handler(event, context):
    found = {name: tried(lambda name=name: needed(__import__(name))) for name in NAMES if name not in event["harmless"]}
    if not event.get("inside"):
        found["socket"] = tried(lambda: __import__("_socket").socket(2, 1).fileno())
    return found
