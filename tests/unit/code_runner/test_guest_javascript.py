"""The JavaScript guest: what a function finds inside, and what it is told of what is not there."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from functions.code_runner.sandbox.instance import MemoryFull, Timeout
from tests.unit.code_runner.guests import MEMORY, Outside, machine, page, problems, run

HEAD = "export default async function handler(event, context) {\n"


def result(body: str, event: object = None, *, imports: str = "", **others: Any) -> Any:
    answer = run("javascript", f"{imports}\n{HEAD}{body}\n}}", event, **others)
    assert answer["status"] == "ok", answer
    return answer["result"]


def failure(body: str, **others: Any) -> Any:
    answer = run("javascript", f"{HEAD}{body}\n}}", **others)
    assert answer["status"] == "failed", answer
    return answer["failure"]


def test_it_imports_nothing_but_fetch_and_log() -> None:
    assert machine("javascript").imports() == ("fetch", "log")


def test_event_context_and_environment() -> None:
    said = "return [event.n, context.company_id, context.trigger.uid, process.env]"
    assert result(said, {"n": 7}, environment={"TOKEN": "t"}) == [7, "AbC123", "Met001", {"TOKEN": "t"}]
    assert result("return undefined") is None


def test_lines_of_the_log() -> None:
    outside = Outside()
    result("console.log('%s is', 1, {a: [1, {b: 'x'}]}, new Map([[1, 2]])); console.warn('w'); console.error('e'); console.debug('d')", outside=outside)
    assert outside.lines == [("info", "1 is { a: [ 1, { b: \"x\" } ] } Map { 1 => 2 }"), ("warning", "w"), ("error", "e"), ("debug", "d")]


def test_time_goes_on() -> None:
    before = time.time() * 1000 - 1
    code = "const a = performance.now(); await new Promise(r => setTimeout(r, 50)); return [Date.now(), +new Date(), performance.now() - a, new Date(2020, 0, 1) instanceof Date, typeof Date(), new Date(0).constructor === Date]"
    now, made, slept, *others = result(code)
    assert before <= now <= made <= time.time() * 1000
    assert slept >= 50
    assert others == [True, "string", True]


def test_timers() -> None:
    code = "const seen = []; setTimeout(() => seen.push(2), 20); setTimeout(x => seen.push(x), 5, 1); clearTimeout(setTimeout(() => seen.push(9), 1)); let n = 0; await new Promise(r => { const t = setInterval(() => { if (++n === 3) { clearInterval(t); setTimeout(r, 30) } }, 2) }); return [seen, n]"
    assert result(code) == [[1, 2], 3]
    assert result("let n = 0; for (let i = 0; i < 5000; i++) { await null; n++ } return n") == 5000
    assert result("const s = AbortSignal.timeout(5); await new Promise(r => s.addEventListener('abort', r)); return s.reason.name") == "TimeoutError"


def test_instances_do_not_repeat_chance() -> None:
    code = "return [Math.random(), crypto.randomUUID(), Array.from(crypto.getRandomValues(new Uint8Array(8))).join()]"
    one, other = result(code), result(code)
    assert not set(map(str, one)) & set(map(str, other))
    many = result("return Array.from({length: 2000}, Math.random)")
    assert all(0 <= each < 1 for each in many)
    assert abs(sum(many) / len(many) - 0.5) < 0.05
    assert len(set(many)) == 2000


def test_crypto() -> None:
    code = "const bytes = new TextEncoder().encode('abc'); const hex = b => Array.from(new Uint8Array(b), x => x.toString(16).padStart(2, '0')).join(''); const key = await crypto.subtle.importKey('raw', bytes, {name: 'HMAC', hash: 'SHA-256'}, false, ['sign', 'verify']); const mac = await crypto.subtle.sign('HMAC', key, bytes); return [hex(await crypto.subtle.digest('SHA-256', bytes)), await crypto.subtle.verify('HMAC', key, mac, bytes), mac.byteLength]"
    assert result(code) == ["ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", True, 32]
    # What takes chance below JavaScript would repeat itself in every instance.
    assert failure("await crypto.subtle.generateKey({name: 'ECDSA', namedCurve: 'P-256'}, true, ['sign'])")["kind"] == "NotSupportedError"


def test_fetch() -> None:
    outside = Outside(page(201, {"fine": True}, {"X-Seen": "1"}))
    code = "const r = await fetch('https://shop.example/a?b=1', {method: 'POST', body: JSON.stringify({c: 2}), headers: {'X-Y': 'z'}}); return [r.status, r.ok, r.url, r.headers.get('x-seen'), await r.json()]"
    assert result(code, outside=outside) == [201, True, "https://shop.example/a?b=1", "1", {"fine": True}]
    method, url, headers, body = outside.sent()
    assert (method, url, headers["x-y"], json.loads(body)) == ("POST", "https://shop.example/a?b=1", "z", {"c": 2})
    gone = Outside({"error": "The name is not known.", "kind": "unreachable"})
    assert failure("await fetch('https://a.example')", outside=gone) == {
        "kind": "FetchError", "message": "The name is not known.", "where": "  at handler (function.js:2)\n",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("body", "kind", "text"),
    [
        ("new URLSearchParams({a: 'b c'})", "application/x-www-form-urlencoded;charset=UTF-8", b"a=b+c"),
        ("new Blob(['abc'], {type: 'text/x'})", "text/x", b"abc"),
        ("new Uint8Array([1, 255])", "", b"\x01\xff"),
        ("(() => { const f = new FormData(); f.append('a', 'b'); return f })()", "multipart/form-data", b'name="a"\r\n\r\nb\r\n'),
    ],
)
def test_bodies_of_fetch(body: str, kind: str, text: bytes) -> None:
    outside = Outside()
    result(f"await fetch('https://a.example', {{method: 'PUT', body: {body}}})", outside=outside)
    _, _, headers, sent = outside.sent()
    assert headers.get("content-type", "").startswith(kind)
    assert text in sent


def test_bundled_modules() -> None:
    imports = "import _, { chunk } from 'lodash'; import { v4 as uuid } from 'uuid'; import dayjs from 'dayjs'; import utc from 'dayjs/plugin/utc'; import * as all from 'lodash'; import pick from 'lodash/pick.js';"
    code = "dayjs.extend(utc); return [_.sum([1, 2]), chunk([1, 2, 3], 2), uuid().length, dayjs.utc('2026-01-31').add(1, 'month').format('YYYY-MM-DD'), all.default === _, pick({a: 1, b: 2}, 'a'), (await import('lodash')).default === _]"
    assert result(code, imports=imports) == [3, [[1, 2], [3]], 36, "2026-02-28", True, {"a": 1}, True]


def test_axios() -> None:
    outside = Outside(page(200, {"fine": True}))
    code = "const r = await axios.post('/a', {c: 2}, {baseURL: 'https://shop.example', params: {q: 'x y'}, timeout: 1500}); return [r.status, r.data, r.headers['content-type']]"
    assert result(code, imports="import axios from 'axios';", outside=outside) == [200, {"fine": True}, "application/json"]
    method, url, headers, body = outside.sent()
    assert (method, url, json.loads(body), outside.asked[0]["timeout_s"]) == ("POST", "https://shop.example/a?q=x+y", {"c": 2}, 1.5)
    assert headers["content-type"].startswith("application/json")
    told = run("javascript", "import axios from 'axios'; export default () => axios.get('https://a.example')", outside=Outside(page(500, {})))
    assert told["failure"]["kind"] == "AxiosError"


def test_a_failure_shows_the_customers_frames_only() -> None:
    told = failure("const f = () => { null.x };\nf()")
    assert (told["kind"], told["where"]) == ("TypeError", "  at f (function.js:2)\n  at handler (function.js:3)\n")
    assert failure("throw 5") == {"kind": "Thrown", "message": "5", "where": ""}
    assert run("javascript", "\nthrow new RangeError('at once')")["failure"]["where"] == "  at function.js:2\n"


@pytest.mark.parametrize(
    "body",
    [
        "(async () => { throw new Error('lost') })(); await null; return 1",
        "const f = async () => { throw new Error('lost') }; f(); return 1",
        "if (event === null) Promise.reject(new Error('lost')); else return 2; return 1",
        "setTimeout(() => { throw new Error('lost') }, 1); await new Promise(r => setTimeout(r, 20)); return 1",
        "setTimeout(async () => { throw new Error('lost') }, 1); await new Promise(r => setTimeout(r, 20)); return 1",
        "queueMicrotask(() => { throw new Error('lost') }); await null; return 1",
        "void Promise.reject(new Error('lost')); return 1",
    ],
)
def test_what_nobody_waits_for_fails_the_call(body: str) -> None:
    assert failure(body)["message"] == "lost"


def test_a_rejection_that_is_caught_is_none() -> None:
    assert result("(async () => { throw new Error('x') })().catch(() => 0); const p = Promise.reject(1); await p.catch(() => 0); return 1") == 1


def test_what_never_settles() -> None:
    assert "never happens" in failure("await new Promise(() => 0)")["message"]


def test_asking_for_another_try() -> None:
    code = "import {{ Retry }} from '{0}'; export default () => {{ throw new Retry('busy'{1}) }}"
    for name in ("account", "klaviyo", "regulars"):
        answer = run("javascript", code.format(name, ", {after_s: 30}"))
        assert (answer["status"], answer["again_s"], answer["failure"]["message"]) == ("again", 30, "busy")
    assert run("javascript", code.format("account", ""))["again_s"] is None


@pytest.mark.parametrize("value", ["10n", "() => 1", "Symbol()", "(() => { const a = {}; a.a = a; return a })()"])
def test_what_is_not_json_is_no_result(value: str) -> None:
    told = failure(f"return {value}")
    assert told["kind"] == "NoResult"
    assert "cannot be written as JSON" in told["message"]


def test_texts_are_unicode() -> None:
    assert result("return ['\\ud800', 'ü😀']") == ["�", "ü😀"]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("const f = () => f(); f()", "InternalError"),
        ("require('fs')", "ReferenceError"),
        ("await import('fs')", "Error"),
        ("process.exit(1)", "Error"),
        ("new WebAssembly.Memory({initial: 1})", "ReferenceError"),
        ("new SharedArrayBuffer(1)", "ReferenceError"),
    ],
)
def test_what_is_not_there_is_an_exception(body: str, kind: str) -> None:
    assert failure(body)["kind"] == kind


def test_what_the_sandbox_ends() -> None:
    for loop in ("while (true);", "for (;;) await null;"):
        with pytest.raises(Timeout, match=r"longer than 0\.2 s"):
            run("javascript", f"{HEAD}{loop}\n}}", deadline_s=0.2)
    with pytest.raises(Timeout):
        run("javascript", f"{HEAD}await new Promise(r => setTimeout(r, 60000))\n}}", deadline_s=0.2)
    with pytest.raises(MemoryFull):
        run("javascript", f"{HEAD}return 'x'.repeat(2 ** 29)\n}}")
    assert result("return 1") == 1  # the next instance works


def test_nothing_stays_for_the_next_instance() -> None:
    assert result("globalThis.left = Array.prototype.left = 1; return true") is True
    assert result("return [typeof left, [].left ?? null]") == ["undefined", None]


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("export const handler = () => 1", 1),
        ("async function h() { return 2 }\nexport { h as handler }", 2),
        ("export default () => 3", 3),
        ("export default function () { return 4 }\n(0)", 4),
        ("const x = await Promise.resolve(5);\nexport default () => x", 5),
        ("export let n = 1; export function handler() { return n + more } export const { a: more, b: [c] } = { a: 5, b: [1] };", 6),
        ("import { default as l, sum as s } from 'lodash'\nexport { s }\nexport default () => l.sum([s([3]), 4])", 7),
        ("export { sum as x } from 'lodash';\nexport * from 'lodash';\nexport default () => 8 // no end of line", 8),
        ("export default class {}\nexport const handler = () => 9", None),
        ("export default async (event) => { let n = 10 / 2 / 1; for (const x of [1]) if (x) n += x; else n = 0; return `${`${n}`}` }", "6"),
        (
            "export default () => { let n = 0; const f = () => { n++; }; if (n) f(); else(f)(); for (let i = 0; i < 3; i++) f();"
            " do(f)(); while (n < 6); void(f)(); a: f(); return n }", 8,
        ),
        ("import\n  _\n  from 'lodash';\nexport\n  default\n  () => new Error().stack.match(/function.js:(\\d+)/)[1]", "6"),
    ],
)
def test_forms_of_modules(code: str, value: object) -> None:
    answer = run("javascript", code)
    assert answer.get("result") == value, answer


@pytest.mark.parametrize(
    ("code", "line", "says"),
    [
        ("const x = 1", None, "no handler"),
        ("export default function h(a, b, c) {}", 1, "two arguments"),
        ("\nexport default {}", 2, "no function"),
        ("export default () => {\n  let a = ;\n}", 2, "SyntaxError"),
        ("export default () => {\n  return /\\p{L}/u\n}", 2, "SyntaxError"),
        ("import fs from 'node:fs'\nexport default () => 1", 1, "node:fs is not available"),
        ("import x from 'https'\nexport default () => 1", 1, "part of Node"),
        ("\nimport x from 'left-pad'\nexport default () => 1", 2, "left-pad is not available"),
        ("import { nope } from 'lodash'\nexport default () => 1", 1, "nothing named nope"),
        ("export default async () => {\n  await import('fs')\n}", 2, "fs is not available"),
        ("export default () => import.meta.url", 1, "import.meta"),
    ],
)
def test_code_is_looked_at(code: str, line: int | None, says: str) -> None:
    ((at, message),) = problems("javascript", code)
    assert says in message
    assert at == line


def test_an_instance_keeps_its_state_between_calls() -> None:
    with machine("javascript").instance(MEMORY, Outside()) as instance:
        assert instance.load("let n = 0; export default () => ++n", {}, 5.0) == "null"
        assert [json.loads(instance.call("null", "{}", 5.0))["result"] for _ in range(3)] == [1, 2, 3]


LARGE = "".join(f"function f{n}(a) {{ return a / {n + 1} / 2 > `${{`}}`}}`.length ? /[/'\"`]export default/g : 'import x' }}\n" for n in range(400))


@pytest.mark.parametrize(
    ("head", "tail", "value"),
    [
        ("import _ from 'lodash';", "export default async function handler() { return _.sum([1, 2]) }", 3),
        ("import { sum as s } from \"lodash\"\n", "var h = () => s([2, 2]);\nexport { h as default };", 4),
        ("import {\n  sum\n} from 'lodash';", "export default function () { return sum([2, 3]) }\n(0)", 5),
        ("export const n = 6;", "export const handler = async () => n", 6),
        ("export { sum } from 'lodash'; export * from 'uuid';", "export default async () => (await import('lodash')).default.sum([3, 4])", 7),
        ("export class A { static n = 8 }", "export default class {}\nexport { A as x }\n", None),
    ],
)
def test_large_code_is_not_parsed_as_a_whole(head: str, tail: str, value: object) -> None:
    assert run("javascript", f"{head}\n{LARGE}\n{tail}").get("result") == value


def test_large_code_is_looked_at_too() -> None:
    assert problems("javascript", f"{LARGE}export default () => 1") == []
    assert problems("javascript", f"{LARGE}import fs from 'fs'\nexport default () => 1")[0][0] == 401
    assert "no handler" in problems("javascript", LARGE)[0][1]
    assert "SyntaxError" in problems("javascript", f"{LARGE}export default () => {{ let a = ; }}")[0][1]
    assert "SyntaxError" in problems("javascript", f"{LARGE}export default () => 'a")[0][1]
    assert "import.meta" in problems("javascript", f"{LARGE}export default () => import.meta.url")[0][1]
