"""What a function does not have: files, processes, sockets. Each says so, instead of bringing the interpreter down."""

from __future__ import annotations

import _io
import builtins
import errno
import io
import os
import posix
import select
import signal
import socket
import sys
from collections.abc import Callable
from types import BuiltinFunctionType
from typing import Any, NoReturn

_NO_FILES = "functions have no files"
_NO_SOCKETS = "functions have no sockets: use requests, httpx or urllib"
# Those that touch nothing outside of the interpreter.
_KEPT = frozenset({
    "fspath", "strerror", "getpid", "putenv", "unsetenv", "urandom", "get_inheritable", "umask", "cpu_count",
    "_path_normpath", "_path_splitroot", "_path_splitroot_ex", "_inputhook", "_is_inputhook_installed", "register_at_fork",
    "WIFEXITED", "WEXITSTATUS", "WIFSIGNALED", "WTERMSIG", "WIFSTOPPED", "WSTOPSIG", "WCOREDUMP", "WIFCONTINUED",
})  # fmt: skip
_LOOKS = ("stat", "lstat", "listdir", "scandir", "readlink")  # nothing is there


def install() -> None:
    for name, function in list(vars(posix).items()):
        if isinstance(function, BuiltinFunctionType) and name not in _KEPT:
            _replace(posix, os, name, _missing if name in _LOOKS else _forbidden)
    _replace(posix, os, "access", lambda *_, **__: False)
    _replace(posix, os, "getcwd", lambda: "/")
    _replace(posix, os, "isatty", lambda *_: False)
    for place in (builtins, io, _io):
        vars(place)["open"] = _open
    for place in (io, _io):
        vars(place)["open_code"] = vars(place)["FileIO"] = _open
    vars(os)["uname"] = vars(posix)["uname"] = lambda: os.uname_result(("wasi", "function", "", "", "wasm32"))
    sys.stdin = io.StringIO("")
    sys.breakpointhook = _forbidden
    _sockets()
    sys.addaudithook(_audit)


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    """Of whatever the interpreter itself is about to do: it looks for the file of a syntax error, for one."""
    if event == "open" or (event.startswith(("os.", "socket.")) and event not in ("os.putenv", "os.unsetenv")):
        raise PermissionError(errno.EPERM, _NO_FILES)


def _replace(low: Any, high: Any, name: str, function: Callable[..., Any]) -> None:
    setattr(low, name, function)
    if hasattr(high, name):
        setattr(high, name, function)


def _missing(path: Any = ".", *_: Any, **__: Any) -> NoReturn:
    raise FileNotFoundError(errno.ENOENT, _NO_FILES, path)


def _forbidden(*_: Any, **__: Any) -> NoReturn:
    raise PermissionError(errno.EPERM, _NO_FILES)


def _open(file: Any, mode: str = "r", *_: Any, **__: Any) -> NoReturn:
    if isinstance(mode, str) and set(mode) & set("wax+"):
        raise PermissionError(errno.EPERM, _NO_FILES, file)
    raise FileNotFoundError(errno.ENOENT, _NO_FILES, file)


def _sockets() -> None:
    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise PermissionError(errno.EPERM, _NO_SOCKETS)

    def unknown(*_: Any, **__: Any) -> NoReturn:
        raise socket.gaierror(socket.EAI_FAIL, _NO_SOCKETS)

    vars_of: Any = socket.socket
    vars_of.__init__ = refuse
    for name in ("create_connection", "create_server", "socketpair", "fromfd", "gethostname"):
        vars(socket)[name] = refuse
    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr", "getnameinfo", "getfqdn"):
        vars(socket)[name] = unknown
    for name, function in list(vars(select).items()):
        if isinstance(function, BuiltinFunctionType):
            setattr(select, name, refuse)
    for name in ("raise_signal", "pause", "alarm", "setitimer", "pthread_kill"):
        if hasattr(signal, name):
            setattr(signal, name, _forbidden)
