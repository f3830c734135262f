"""The attacks are ones: the same code, with the same event, gets what it is after where there is no sandbox.

And what functions may do works in the sandbox, close to where it ends: a sandbox that runs nothing would look safe.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal

import msgspec
import pytest

from cdp.code.job import Limits
from functions.code_runner.runner import Runner
from tests.unit.code_runner.attacks.cases import Case, read
from tests.unit.code_runner.attacks.probes import FINGERPRINT
from tests.unit.code_runner.attacks.surroundings import CANARY, URLS, Surroundings
from tests.unit.code_runner.attacks.test_attacks import run

PYTHON = """
import json, sys
code, event = json.load(sys.stdin)
scope = {"__name__": "function"}
exec(compile(code, "function", "exec"), scope)
answer = scope["handler"](event, {})
print("\\n" + json.dumps(answer), flush=True)
"""
JAVASCRIPT = """
import { readFileSync } from "node:fs";
const [file, event] = JSON.parse(readFileSync(0, "utf8"));
const { default: handler } = await import(file);
const answer = await handler(event, {});
console.log("\\n" + JSON.stringify(answer));
process.exit(0);
"""
NATIVE = [case for language in ("python", "javascript") for case in read(language) if case.native]
# Of the modules that a machine has: those that do something when they are imported, or take long.
NOISY = ["this", "antigravity", "duckdb", "pyarrow", "numpy", "tkinter", "infra", "botocore", "site", "pip", "setuptools"]


@pytest.mark.parametrize("case", NATIVE, ids=str)
def test_outside_of_the_sandbox_it_succeeds(case: Case, around: Surroundings, tmp_path: Path) -> None:
    event = around.event(urls=URLS[:1], harmless=NOISY, pid=os.getpid(), folder=str(_copied(around, tmp_path)))
    found = _python(case, event, around) if case.language == "python" else _javascript(case, event, around, tmp_path)
    refused = {name: found.get(name) for name in case.native if not str(found.get(name)).startswith("got ")}
    assert refused == {}


def test_and_gets_what_nobody_may_read(around: Surroundings) -> None:
    """The secret is where it is looked for."""
    case = next(case for case in NATIVE if str(case) == "python-credentials_environment")
    assert CANARY in json.dumps(_python(case, around.event(pid=os.getpid()), around))


def _copied(around: Surroundings, tmp_path: Path) -> Path:
    return Path(shutil.copytree(around.folder / "writable", tmp_path / "writable"))


def _environment(around: Surroundings) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(around.folder / "home"), "AWS_SECRET_ACCESS_KEY": CANARY, "USER": "somebody"}


def _python(case: Case, event: dict[str, Any], around: Surroundings) -> dict[str, Any]:
    return _said([sys.executable, "-c", PYTHON], json.dumps([case.code, event]), around)


def _javascript(case: Case, event: dict[str, Any], around: Surroundings, tmp_path: Path) -> dict[str, Any]:
    node = Path(sys.executable).with_name("node")
    (tmp_path / "case.mjs").write_text(case.code)
    (tmp_path / "harness.mjs").write_text(JAVASCRIPT)
    return _said([str(node), str(tmp_path / "harness.mjs")], json.dumps([str(tmp_path / "case.mjs"), event]), around)


def _said(command: list[str], given: str, around: Surroundings) -> dict[str, Any]:
    done = subprocess.run(
        command, input=given, capture_output=True, text=True, timeout=60, cwd=around.folder, env=_environment(around), check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout.strip().rsplit("\n", 1)[-1])
    return found


CONTROLS: dict[str, dict[Literal["python", "javascript"], str]] = {
    "environment": {
        "python": "import os\ndef handler(event, context): return [os.environ['MARK'], sorted(os.environ)] == ['own', ['MARK']]",
        "javascript": "export default () => process.env.MARK === 'own' && Object.keys(process.env).join() === 'MARK'",
    },
    "credentials": {
        "python": "import account\ndef handler(event, context): return account.get('/api/lists') == {'data': []}",
        "javascript": "import account from 'account'; export default async () => (await account.get('/api/lists')).data.length === 0",
    },
    "files": {
        "python": """
import io, zipfile
def handler(event, context):
    file = io.BytesIO()
    with zipfile.ZipFile(file, 'w') as archive:
        archive.writestr('a', 'x' * 1000)
    return zipfile.ZipFile(file).read('a') == b'x' * 1000
""",
        "javascript": "export default () => new TextDecoder().decode(new TextEncoder().encode('x'.repeat(1000))).length === 1000",
    },
    "memory": {
        "python": "def handler(event, context): return len(bytearray(40_000_000)) + len(['x'] * 1_000_000) == 41_000_000",
        "javascript": "export default () => new Uint8Array(40_000_000).fill(1).length + new Array(1_000_000).fill('x').length === 41_000_000",
    },
    "fetch": {
        "python": """
import urllib.request, httpx, requests
URL = 'https://hooks.example.com/'
def handler(event, context):
    led = URL + 'to?https%3A%2F%2Fhooks.example.com%2F'
    got = [requests.get(URL).text, httpx.get(URL).text, urllib.request.urlopen(URL).read().decode(), requests.get(led).text]
    got += [requests.get(URL, headers={'X-A': 'b'}).text for _ in range(44)]
    return got == ['ok'] * 48 and requests.post(URL + 'echo', data='said').text == 'said'
""",
        "javascript": """
import axios from 'axios';
const URL = 'https://hooks.example.com/';
export default async () => {
  const got = [await (await fetch(URL)).text(), (await axios.get(URL)).data, await (await fetch(URL + 'to?https%3A%2F%2Fhooks.example.com%2F')).text()];
  got.push(...await Promise.all(Array.from({ length: 45 }, async () => (await fetch(URL, { headers: { 'X-A': 'b' } })).text())));
  return got.every((each) => each === 'ok') && await (await fetch(URL + 'echo', { method: 'POST', body: 'said' })).text() === 'said';
};
""",
    },
    "loops": {
        "python": "def handler(event, context): return sum(number * number for number in range(300_000)) == 8999955000050000",
        "javascript": "export default () => { let sum = 0; for (let i = 0; i < 300000; i++) sum += i; return sum === 44999850000; }",
    },
    "waiting": {
        "python": "import asyncio, time\nasync def handler(event, context):\n    time.sleep(0.02)\n    await asyncio.sleep(0.02)\n    return True",
        "javascript": "export default async () => { await new Promise((kept) => setTimeout(kept, 20)); return true; }",
    },
    "bombs": {
        "python": """
import json, re, zlib, yaml
def handler(event, context):
    nested = json.loads('[' * 200 + ']' * 200)
    return bool(nested) and len(zlib.decompress(zlib.compress(bytes(1_000_000)))) == 1_000_000 \\
        and yaml.safe_load('a: &x [1]\\nb: *x') == {'a': [1], 'b': [1]} and re.match('(a+)+$', 'a' * 100) is not None
""",
        "javascript": "export default () => JSON.parse('['.repeat(500) + ']'.repeat(500)).length === 1 && /^(a+)+$/.test('a'.repeat(100))",
    },
    "recursion": {
        "python": "def deeper(n): return n and deeper(n - 1) + 1\ndef handler(event, context): return deeper(500) == 500",
        "javascript": "const deeper = (n) => n && deeper(n - 1) + 1; export default () => deeper(1000) === 1000",
    },
    "imports": {
        "python": """
import datetime, decimal, hashlib, dateutil.parser, jinja2, phonenumbers
def handler(event, context):
    rendered = jinja2.Template('{{ a }}').render(a=1)
    number = phonenumbers.is_valid_number(phonenumbers.parse('+14155552671'))
    return rendered == '1' and number and dateutil.parser.parse('2026-01-02').day == 2 and decimal.Decimal('0.1') * 3 == decimal.Decimal('0.3')
""",
        "javascript": """
import _ from 'lodash'; import dayjs from 'dayjs'; import { v4 } from 'uuid';
export default () => _.sum([1, 2]) === 3 && dayjs('2026-01-02').date() === 2 && v4().length === 36 && new Function('return 7')() === 7;
""",
    },
}


@pytest.mark.parametrize("language", ["python", "javascript"])
@pytest.mark.parametrize("family", CONTROLS)
def test_inside_what_may_be_done_can_be_done(
    family: str, language: Literal["python", "javascript"], runner: Runner, around: Surroundings
) -> None:
    (outcome,) = run(runner, around, language, CONTROLS[family][language], [around.event()], Limits())
    assert (outcome.status, bytes(outcome.result)) == ("ok", b"true"), outcome


STATE = {
    "python": "kept = []\ndef handler(event, context):\n    kept.append(event)\n    print(f'call {event}')\n    return kept",
    "javascript": "const kept = []; export default (event) => { kept.push(event); console.log(`call ${event}`); return kept; }",
}


@pytest.mark.parametrize("language", ["python", "javascript"])
def test_calls_of_a_job_share_their_state_and_jobs_share_none(
    language: Literal["python", "javascript"], runner: Runner, around: Surroundings
) -> None:
    for _ in range(2):
        outcomes = run(runner, around, language, STATE[language], [1, 2, 3], Limits())
        assert [msgspec.json.decode(outcome.result) for outcome in outcomes] == [[1], [1, 2], [1, 2, 3]]
        assert [[line.text for line in outcome.logs] for outcome in outcomes] == [["call 1"], ["call 2"], ["call 3"]]


LARGE = {
    "python": "def handler(event, context):\n    for _ in range(event):\n        print('y' * 1000)\n    return 'x' * 999_000",
    "javascript": "export default (event) => { for (let i = 0; i < event; i++) console.log('y'.repeat(1000)); return 'x'.repeat(999000); }",
}


@pytest.mark.parametrize("language", ["python", "javascript"])
def test_results_and_logs_up_to_their_limits_arrive_whole(
    language: Literal["python", "javascript"], runner: Runner, around: Surroundings
) -> None:
    (outcome,) = run(runner, around, language, LARGE[language], [60], Limits())
    assert msgspec.json.decode(outcome.result) == "x" * 999_000
    assert [line.text for line in outcome.logs] == ["y" * 1000] * 60
    assert not outcome.truncated


PLANTED = {
    "python": ["import builtins; builtins.mark = 1", "import sys; sys.modules['mark'] = sys", "kept = ['left-' + 'behind']", "import json; json.dumps = print"],
    "javascript": ["globalThis.kept = [];", "Object.prototype.mark = 1;", "JSON.parse = () => 1;", "Object.freeze(JSON);", "process.env.MARK = '';"],
}


@pytest.mark.parametrize(("language", "planted"), [(language, planted) for language, each in PLANTED.items() for planted in each])
def test_who_comes_next_would_see_what_is_left(
    language: Literal["python", "javascript"], planted: str, runner: Runner, around: Surroundings
) -> None:
    code = FINGERPRINT[language]
    (clean,) = run(runner, around, language, code, [1000], Limits())
    (marked,) = run(runner, around, language, f"{planted}\n{code}", [1000], Limits())
    account = msgspec.json.decode(marked.result).get("account") if marked.status == "ok" else ""
    assert msgspec.json.decode(clean.result) | {"account": account} != msgspec.json.decode(marked.result)
