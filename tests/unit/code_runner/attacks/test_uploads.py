"""Code that is only looked at runs nothing, and what its reader falls over ends there."""

from __future__ import annotations

import itertools
from typing import Literal

import pytest

from cdp.code.job import Job, Problem
from functions.code_runner.runner import Runner
from tests.unit.code_runner.attacks.surroundings import CANARY, ROOT, Surroundings

GOOD = {
    "python": "def handler(event, context):\n    return 1\n",
    "javascript": "export default (event, context) => 1;\n",
}
RUN_AT_ONCE = {
    "python": "import requests\nprint('run')\nrequests.get('https://hooks.example.com/')\nwhile True:\n    pass\n\n",
    "javascript": "console.log('run');\nawait fetch('https://hooks.example.com/');\nfor (;;) {}\n\n",
}
HOSTILE = {
    "python": {
        "brackets": "x = " + "(" * 200_000 + ")" * 200_000,
        "lists": "x = " + "[" * 100_000 + "]" * 100_000,
        "minus": "x = " + "-" * 500_000 + "1",
        "not": "x = " + "not " * 200_000 + "1",
        "folded": "x = 'a' * (1 << 40)\ny = 10 ** 10 ** 9\nz = 1 << (1 << 40)\n",
        "blocks": "".join(" " * depth + "if 1:\n" for depth in range(600)) + " " * 600 + "pass\n",
        "attributes": "x = a" + ".a" * 400_000,
        "digits": "x = " + "9" * 900_000,
        "zero": "x = 1\x00\nimport os\n",
        "coding": "# coding: utf-7\n+AHgAIAA9ACAAMQ-\n",
        "names": "\n".join(f"def f{number}(): pass" for number in range(8000)),
        "f-strings": "x = " + 'f"{' * 200 + "1" + '}"' * 200,
        "decorators": "@a\n" * 20_000 + "def f(): pass",
        "strings": "x = '''" + "a" * 900_000,
    },
    "javascript": {
        "brackets": "const x = " + "(" * 20_000 + "1" + ")" * 20_000,
        "lists": "const x = " + "[" * 20_000 + "]" * 20_000,
        "blocks": "{" * 50_000 + "}" * 50_000,
        "minus": "const x = " + "- " * 50_000 + "1",
        "arrows": "const x = " + "() => " * 20_000 + "1",
        "templates": "const x = " + "`${" * 10_000 + "1" + "}`" * 10_000,
        "pattern": "const x = /" + "(" * 100_000 + ")" * 100_000 + "/;",
        "calls": "a" + "()" * 20_000,
        "else": "if (a) {}" + " else if (a) {}" * 5000,
        "zero": "const x = 1;\x00",
        "close": "});globalThis.left = 1;(function(){",
        "comment": "/* " * 10_000,
        "escape": "export default () => 1;\n//# sourceURL=\u2028});globalThis.left=1;({",
    },
}
_numbers = itertools.count(1)


def look(runner: Runner, language: Literal["python", "javascript"], code: str) -> tuple[Problem, ...]:
    account = f"U{next(_numbers):05d}"
    answer = runner.answer(Job(account, "function", 1, language, code, {}, ()), account)
    assert answer.refused is None
    assert answer.outcomes == ()
    return answer.problems


@pytest.mark.parametrize(("language", "kind"), [(language, kind) for language, kinds in HOSTILE.items() for kind in kinds])
def test_whatever_is_looked_at(
    language: Literal["python", "javascript"], kind: str, runner: Runner, around: Surroundings
) -> None:
    problems = look(runner, language, HOSTILE[language][kind])
    assert problems  # none of them has a handler, if it can be read at all
    assert all(problem.message and len(problem.message) <= 1000 for problem in problems)
    assert not any(secret in problem.message for problem in problems for secret in (CANARY, ROOT))
    assert look(runner, language, GOOD[language]) == ()


@pytest.mark.parametrize("language", ["python", "javascript"])
def test_nothing_of_it_runs(
    language: Literal["python", "javascript"], runner: Runner, around: Surroundings
) -> None:
    asked = len(around.hooks.requests)
    assert look(runner, language, RUN_AT_ONCE[language] + GOOD[language]) == ()
    assert len(around.hooks.requests) == asked
