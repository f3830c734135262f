"""What can be imported: the interpreter's library and the bundled packages, all of it in the component's own memory.

`pack` runs while the component is built, where the files are; afterwards there are none. Popular modules are imported
then already and cost an instance nothing; the source of the others lies compressed until somebody asks (guest/library.py).
"""

from __future__ import annotations

import datetime
import importlib.abc
import importlib.machinery
import importlib.util
import io
import json
import marshal
import os
import sys
import types
import zlib
from collections.abc import Iterator, Sequence
from typing import NoReturn

# Of the standard library, what cannot work in here: said when it is asked for, not halfway through a call.
REFUSED = frozenset({
    "_ctypes", "_sqlite3", "antigravity", "bdb", "cProfile", "cgi", "code", "codeop", "ctypes", "curses", "dbm", "ensurepip",
    "fcntl", "ftplib", "grp", "idlelib", "imaplib", "mmap", "multiprocessing", "nntplib", "pdb", "poplib", "profile", "pty",
    "pwd", "pydoc", "readline", "resource", "shelve", "smtplib", "socketserver", "sqlite3", "ssl", "subprocess", "syslog",
    "telnetlib", "termios", "test", "this", "tkinter", "tty", "turtle", "turtledemo", "venv", "webbrowser", "wsgiref",
    "xmlrpc", "zipapp",
})  # fmt: skip
IMPORTED = (
    "_strptime", "array", "asyncio", "base64", "bisect", "calendar", "cmath", "colorsys", "concurrent.futures", "contextlib",
    "copy", "csv", "dataclasses", "datetime", "decimal", "difflib", "email.message", "email.mime.multipart",
    "email.mime.text", "email.utils", "encodings.ascii", "encodings.cp1252", "encodings.idna", "encodings.latin_1",
    "encodings.utf_16", "encodings.utf_8_sig", "enum", "fnmatch", "fractions", "functools", "gettext", "glob", "graphlib",
    "gzip", "hashlib", "heapq", "hmac", "html", "html.entities", "html.parser", "http.client", "http.cookiejar",
    "http.cookies", "inspect", "io", "ipaddress", "itertools", "json", "linecache", "locale", "logging", "logging.handlers",
    "math", "mimetypes", "numbers", "operator", "pathlib", "pickle", "platform", "pprint", "queue", "random", "re",
    "reprlib", "secrets", "shlex", "statistics", "string", "string.templatelib", "struct", "tempfile", "textwrap",
    "threading", "time", "tomllib", "traceback", "types", "typing", "unicodedata", "urllib.error", "urllib.parse",
    "urllib.request", "uuid", "warnings", "weakref", "xml.etree.ElementTree", "zlib", "zoneinfo", "zoneinfo._common",
    "dateutil", "dateutil.easter", "dateutil.parser", "dateutil.relativedelta", "dateutil.rrule", "dateutil.tz",
    "dateutil.utils", "httpx", "idna", "jinja2", "jinja2.ext", "jinja2.sandbox", "jinja2.loaders", "phonenumbers",
    "phonenumbers.data.region_US", "phonenumbers.data.region_DE", "phonenumbers.data.region_GB", "requests", "requests.auth",
    "urllib3", "yaml",
)  # fmt: skip

_NEVER = ("test", "tests", "lib2to3", "pydoc_data", "__phello__", "config")
STORE = "library.bin"
_sources: dict[str, tuple[bool, bytes]] = {}  # name → whether it is a package, its compressed source
_zones: dict[str, bytes] = {}


class Stored(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Imports out of memory; the last one that is asked."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name not in _sources:
            _refuse(name)
        return importlib.machinery.ModuleSpec(name, self, origin=f"<{name}>", is_package=_sources[name][0])

    def is_package(self, fullname: str) -> bool:
        return _sources[fullname][0]

    def get_code(self, fullname: str) -> types.CodeType:
        return compile(self.get_source(fullname), f"<{fullname}>", "exec", dont_inherit=True)

    def get_source(self, fullname: str) -> str:
        return zlib.decompress(_sources[fullname][1]).decode()


def _refuse(name: str) -> NoReturn:
    raise ModuleNotFoundError(why_not(name) or f"No module named {name!r}", name=name)


def why_not(name: str) -> str | None:
    """A sentence about a module that cannot be imported."""
    top = name.partition(".")[0]
    if top in REFUSED:
        return f"The module {name} is not available in functions: there are no files, processes or sockets."
    if name in sys.modules or name in _sources or name in sys.builtin_module_names:
        return None
    if top in sys.modules or top in _sources:
        return f"There is no module {name}."
    return (
        f"The module {name} is not available in functions: they have Python's standard library, requests, httpx, dateutil,"
        " yaml, jinja2, phonenumbers and account, and no native extensions."
    )


def pack() -> None:
    """While the component is built: import, keep, and forget where files were."""
    for name in IMPORTED:
        importlib.import_module(name)
    (store,) = (os.path.join(root, STORE) for root in sys.path if os.path.isfile(os.path.join(root, STORE)))
    with open(store, "rb") as file:
        sources, zones = marshal.load(file)  # noqa: S302 - guest/library.py wrote it
    _zones.update(zones)
    library = os.path.dirname(os.path.dirname(json.__file__))
    for name, package, path in _modules(library):
        with open(path, "rb") as file:
            sources[name] = (package, zlib.compress(file.read()))
    _sources.update((name, kept) for name, kept in sources.items() if name not in sys.modules)
    for name in [name for name in sys.modules if name.partition(".")[0] in REFUSED]:
        del sys.modules[name]  # who has it keeps it
    sys.path.clear()
    sys.path_hooks.clear()
    sys.path_importer_cache.clear()
    sys.meta_path[:] = [importlib.machinery.BuiltinImporter, importlib.machinery.FrozenImporter, Stored()]
    _time_zones()


def _modules(root: str) -> Iterator[tuple[str, bool, str]]:
    """Of the standard library: name, whether it is a package, file."""
    for folder, inner, files in os.walk(root):
        under = os.path.relpath(folder, root).replace(os.sep, ".")
        inner[:] = [each for each in inner if each.isidentifier() and each not in _NEVER and each not in REFUSED]
        for file in files:
            stem, ending = os.path.splitext(file)
            name = stem if under == "." else under if stem == "__init__" else f"{under}.{stem}"
            wanted = ending == ".py" and stem.isidentifier() and stem != "__main__" and name not in sys.modules
            if wanted and name.partition(".")[0] not in REFUSED:
                yield name, stem == "__init__", os.path.join(folder, file)


def _time_zones() -> None:
    """zoneinfo and dateutil find them here: for both, time zones are files otherwise."""
    zoneinfo = importlib.import_module("zoneinfo")
    tz = importlib.import_module("dateutil.tz")

    def load(key: str) -> io.BytesIO:
        if key not in _zones:
            raise zoneinfo.ZoneInfoNotFoundError(f"No time zone found with key {key}")
        return io.BytesIO(zlib.decompress(_zones[key]))

    def gettz(name: str | None = None) -> datetime.tzinfo | None:
        zone: datetime.tzinfo | None
        try:
            zone = tz.UTC if not name or name.upper() in ("UTC", "GMT") else tz.tzfile(load(name.removeprefix(":")), name)
        except zoneinfo.ZoneInfoNotFoundError:
            zone = None
        return zone

    vars(importlib.import_module("zoneinfo._common"))["load_tzdata"] = load
    vars(zoneinfo)["available_timezones"] = lambda: set(_zones)
    zoneinfo.reset_tzpath(to=())
    vars(tz)["gettz"] = gettz
