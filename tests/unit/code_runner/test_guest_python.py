"""The Python guest: what a function finds inside, and what it is told of what is not there."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from functions.code_runner.sandbox.instance import Crashed, MemoryFull, Timeout
from tests.unit.code_runner.guests import MEMORY, Outside, machine, page, problems, run

HEAD = "def handler(event, context):\n"


def result(body: str, event: object = None, **others: Any) -> Any:
    answer = run("python", HEAD + "".join(f"  {line}\n" for line in body.splitlines()), event, **others)
    assert answer["status"] == "ok", answer
    return answer["result"]


def failure(body: str, **others: Any) -> Any:
    answer = run("python", HEAD + "".join(f"  {line}\n" for line in body.splitlines()), **others)
    assert answer["status"] == "failed", answer
    return answer["failure"]


def test_it_imports_nothing_but_fetch_and_log() -> None:
    assert machine("python").imports() == ("fetch", "log")


def test_event_and_context() -> None:
    said = "return [event['n'], context.company_id, context['trigger'].type, context.trigger['uid'], context.profile.email]"
    assert result(said, {"n": 7}) == [7, "AbC123", "metric", "Met001", "anna@shop.example"]
    assert failure("return context.nothing")["kind"] == "AttributeError"


def test_the_environment_holds_the_functions_pairs_only() -> None:
    assert result("import os; return dict(os.environ)", environment={"TOKEN": "t"}) == {"TOKEN": "t"}


def test_lines_of_the_log() -> None:
    outside = Outside()
    code = "import logging, sys\nprint('a\\nb', 1)\nlogging.info('i')\nlogging.getLogger('x').error('e')\nlogging.debug('d')\nprint('end', end='')\nsys.stderr.write('oops\\n')"
    result(code, outside=outside)
    assert outside.lines == [
        ("info", "a"), ("info", "b 1"), ("info", "i"), ("error", "e"), ("error", "oops"), ("info", "end"),
    ]  # fmt: skip


def test_time_goes_on() -> None:
    before = time.time()
    code = "import time, datetime\na = time.monotonic(); time.sleep(0.05)\nreturn [time.time(), time.monotonic() - a, datetime.datetime.now(datetime.UTC).timestamp(), str(datetime.date.today()), time.gmtime().tm_year]"
    now, slept, stamp, today, year = result(code)
    assert before <= now <= stamp <= time.time()
    assert slept >= 0.05
    assert today.startswith(str(year))


def test_instances_do_not_repeat_chance() -> None:
    code = "import random, uuid, secrets, os\nreturn [random.random(), str(uuid.uuid4()), secrets.token_hex(), os.urandom(8).hex(), random.Random().random()]"
    one, other = result(code), result(code)
    assert not set(map(str, one)) & set(map(str, other))
    assert len(set(map(str, one))) == 5
    assert result("import random; return random.Random(1).random()") == pytest.approx(0.13436424411240122)


@pytest.mark.parametrize(
    ("call", "agent"),
    [
        ("requests.post('https://shop.example/a?b=1', json={'c': 2}, headers={'X-Y': 'z'})", "python-requests"),
        ("httpx.post('https://shop.example/a?b=1', json={'c': 2}, headers={'X-Y': 'z'})", "python-httpx"),
    ],
)
def test_libraries_speak_through_fetch(call: str, agent: str) -> None:
    outside = Outside(page(201, {"fine": True}, {"X-Seen": "1"}))
    answer = result(f"import requests, httpx\nr = {call}\nreturn [r.status_code, r.json(), r.headers['x-seen']]", outside=outside)
    assert answer == [201, {"fine": True}, "1"]
    method, url, headers, body = outside.sent()
    assert (method, url, headers["x-y"], json.loads(body)) == ("POST", "https://shop.example/a?b=1", "z", {"c": 2})
    assert headers["user-agent"].startswith(agent)


def test_urllib_speaks_through_fetch() -> None:
    outside = Outside(page(200, [1]))
    code = "import urllib.request as u, json\nr = u.urlopen(u.Request('https://shop.example/', data=b'x', method='PUT'), timeout=3)\nreturn [r.status, json.load(r)]"
    assert result(code, outside=outside) == [200, [1]]
    method, _, _, body = outside.sent()
    assert (method, body, outside.asked[0]["timeout_s"]) == ("PUT", b"x", 3)


def test_http_errors_are_the_libraries_own() -> None:
    outside = Outside(page(404, {}))
    assert failure("import requests\nrequests.get('https://a.example').raise_for_status()", outside=outside)["kind"] == "requests.exceptions.HTTPError"
    assert failure("import urllib.request\nurllib.request.urlopen('https://a.example')", outside=outside)["kind"] == "urllib.error.HTTPError"
    gone = Outside({"error": "The name is not known.", "kind": "unreachable"})
    for call in ("requests.get", "httpx.get", "urllib.request.urlopen"):
        told = failure(f"import requests, httpx, urllib.request\n{call}('https://a.example')", outside=gone)
        assert "The name is not known." in told["message"]


def test_async_handlers() -> None:
    code = "import asyncio, httpx\nasync def handler(event, context):\n  await asyncio.sleep(0.01)\n  async with httpx.AsyncClient() as c:\n    both = await asyncio.gather(c.get('https://a.example'), c.get('https://b.example'))\n  return [r.status_code for r in both]\n"
    assert run("python", code) == {"status": "ok", "result": [200, 200]}
    stuck = run("python", "import asyncio\nasync def handler(event, context):\n  await asyncio.Future()\n")
    assert "never happens" in stuck["failure"]["message"]


def test_bundled_packages() -> None:
    code = (
        "import yaml, jinja2, phonenumbers, zoneinfo, datetime, json.tool\nfrom dateutil import parser, tz, relativedelta\n"
        "summer = datetime.datetime(2026, 7, 1)\nhere = zoneinfo.ZoneInfo('Europe/Berlin')\n"
        "return [yaml.safe_load('a: [1]'), jinja2.Template('Hi {{ n }}').render(n=1), phonenumbers.format_number(phonenumbers.parse('06 12345678', 'IT'), 0),"
        " str(summer.replace(tzinfo=here)), str(summer.replace(tzinfo=tz.gettz('America/New_York'))), str(parser.parse('1 May 2026') + relativedelta.relativedelta(months=1))]"
    )
    assert result(code) == [
        {"a": [1]}, "Hi 1", "+390612345678", "2026-07-01 00:00:00+02:00", "2026-07-01 00:00:00-04:00", "2026-06-01 00:00:00",
    ]  # fmt: skip


def test_a_failure_shows_the_customers_frames_only() -> None:
    told = failure("import json\nreturn json.loads('{')")
    assert told["kind"] == "json.decoder.JSONDecodeError"
    assert told["where"].splitlines()[:2] == ['  File "function.py", line 3, in handler', "    return json.loads('{')"]
    assert "/python" not in told["where"]
    assert run("python", "x = 1\nraise ValueError('at once')\n")["failure"] == {
        "kind": "ValueError", "message": "at once", "where": '  File "function.py", line 2, in <module>\n    raise ValueError(\'at once\')\n',
    }  # fmt: skip


def test_asking_for_another_try() -> None:
    code = "import {0}\ndef handler(event, context):\n  raise {0}.Retry('busy'{1})\n"
    for name in ("account", "klaviyo", "regulars"):
        answer = run("python", code.format(name, ", after_s=30"))
        assert (answer["status"], answer["again_s"], answer["failure"]["message"]) == ("again", 30, "busy")
    assert run("python", code.format("account", ""))["again_s"] is None


@pytest.mark.parametrize("value", ["{1, 2}", "float('nan')", "b'x'", "object()", "'\\ud800'"])
def test_what_is_not_json_is_no_result(value: str) -> None:
    told = failure(f"return {value}")
    assert told["kind"] == "NoResult"
    assert "cannot be written as JSON" in told["message"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("open('/etc/passwd')", "FileNotFoundError"),
        ("open('/tmp/x', 'w')", "PermissionError"),
        ("import os; os.listdir('/')", "FileNotFoundError"),
        ("import os; os._exit(0)", "PermissionError"),
        ("import posix; posix.system('id')", "AttributeError"),
        ("import socket; socket.create_connection(('127.0.0.1', 80))", "PermissionError"),
        ("import socket; socket.gethostbyname('localhost')", "socket.gaierror"),
        ("import threading; threading.Thread(target=print).start()", "RuntimeError"),
        ("import sys; sys.exit(1)", "SystemExit"),
        ("import subprocess", "ModuleNotFoundError"),
        ("input()", "EOFError"),
        ("f = lambda: f()\nf()", "RecursionError"),
        ("compile('(', 'x', 'exec')", "SyntaxError"),
    ],
)
def test_what_is_not_there_is_an_exception(body: str, kind: str) -> None:
    assert failure(body)["kind"] == kind


def test_what_the_sandbox_ends() -> None:
    with pytest.raises(Timeout, match=r"longer than 0\.2 s"):
        run("python", HEAD + "  while True: pass\n", deadline_s=0.2)
    with pytest.raises(MemoryFull):
        run("python", HEAD + "  return len(bytearray(10**9))\n")
    with pytest.raises(MemoryFull):
        run("python", HEAD + "  x = []\n  while True: x.append('a' * 10**6)\n", deadline_s=10)
    with pytest.raises(Crashed, match="too deeply"):
        run("python", HEAD + "  import sys\n  sys.setrecursionlimit(10**9)\n  f = lambda: f()\n  f()\n", deadline_s=10)
    assert result("return 1") == 1  # the next instance works


def test_an_instance_that_ended_is_of_no_use() -> None:
    with machine("python").instance(MEMORY, Outside()) as instance:
        instance.load(HEAD + "  while event: pass\n  return 1\n", {}, 5.0)
        assert json.loads(instance.call("null", "{}", 5.0))["result"] == 1
        with pytest.raises(Timeout):
            instance.call("true", "{}", 0.1)
        with pytest.raises(Crashed):
            instance.call("null", "{}", 5.0)


def test_nothing_stays_for_the_next_instance() -> None:
    leave = "import sys, builtins, json\nsys.modules['left'] = builtins.left = json.left = 1\nreturn True"
    assert result(leave) is True
    look = "import sys, builtins, json\nreturn [hasattr(builtins, 'left'), hasattr(json, 'left'), 'left' in sys.modules, len(sys.argv)]"
    assert result(look)[:3] == [False, False, False]


@pytest.mark.parametrize(
    ("code", "line", "says"),
    [
        ("x = 1\n", None, "no handler"),
        ("import math\ndef handler(event):\n  pass\n", 2, "two arguments"),
        ("def handler(event, context, more):\n  pass\n", 1, "two arguments"),
        ("class handler:\n  pass\n", 1, "is a class"),
        ("def handler(event, context)\n  pass\n", 1, "SyntaxError"),
        ("import json\nimport numpy.linalg\n" + HEAD + "  pass\n", 2, "numpy.linalg is not available"),
        (HEAD + "  import ctypes\n", 2, "ctypes is not available"),
        ("from . import x\n" + HEAD + "  pass\n", 1, "one file"),
        ("import json.nothing\n" + HEAD + "  pass\n", 1, "no module json.nothing"),
        ("a = '\0'\n", None, ""),
    ],
)
def test_code_is_looked_at(code: str, line: int | None, says: str) -> None:
    ((at, message),) = problems("python", code)
    assert says in message
    if line:
        assert at == line


@pytest.mark.parametrize(
    "code",
    [
        HEAD + "  pass\n",
        "async def handler(event, context):\n  pass\n",
        "def handler(*both):\n  pass\n",
        "def handler(event, context, more=1):\n  pass\n",
        "handler = lambda event, context: 1\n",
        "try:\n  import ujson as json\nexcept ImportError:\n  import json\n" + HEAD + "  pass\n",
        "if True:\n" + "".join(f"  {line}\n" for line in (HEAD + "  pass").splitlines()),
        "import xml.dom.minidom, sched, account, klaviyo, requests.adapters\n" + HEAD + "  pass\n",
    ],
)
def test_code_that_is_fine(code: str) -> None:
    assert problems("python", code) == []
    assert run("python", code)["status"] == "ok"
