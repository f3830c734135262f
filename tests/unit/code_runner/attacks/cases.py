"""The cases: a file each, whose head says what it tries, how it may end, and what the same code gets outside.

    ends:      statuses of cdp/code/job.py that are right; ok if nothing is said. An ok result holds what each try gave:
               "refused: …", or "got …", which nothing may say
    timeout:   seconds of a call, where it is about time
    requests:  how many went up to the policy at most
    event:     urls: called for as many addresses at a time as a call has requests
    native:    the tries that succeed outside of the sandbox, with the same event
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

HERE = Path(__file__).parent
LANGUAGES: dict[Literal["python", "javascript"], str] = {"python": "py", "javascript": "js"}
# Above each case: `tried` says what came of one try, `needed` makes nothing a failure; `endured` is for what may succeed
# as long as everybody lives.
PRELUDES = {
    "python": '''\
def tried(what, *given):
    try:
        return ("got " + repr(what(*given)))[:300]
    except BaseException as error:
        return ("refused: " + type(error).__name__ + ": " + str(error))[:300]

def endured(what):
    return "refused: endured, " + tried(what)[:20]

def needed(value):
    if not value:
        raise LookupError("nothing")
    return value

''',
    "javascript": '''\
const tried = async (what, ...given) => {
  try { return ("got " + String(await what(...given))).slice(0, 300); } catch (error) { return ("refused: " + error).slice(0, 300); }
};
const endured = async (what) => "refused: endured, " + (await tried(what)).slice(0, 20);
const needed = (value) => { if (!value || value.length === 0) throw new Error("nothing"); return value; };
''',
}


@dataclass(frozen=True)
class Case:
    language: Literal["python", "javascript"]
    name: str
    tries: str
    code: str
    ends: tuple[str, ...]
    timeout_s: float
    requests: int | None
    by_urls: bool
    native: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.language}-{self.name}"

    @property
    def family(self) -> str:
        return self.name.partition("_")[0]


def read(language: Literal["python", "javascript"]) -> list[Case]:
    return [_case(language, path) for path in sorted((HERE / language).glob(f"*.{LANGUAGES[language]}"))]


def _case(language: Literal["python", "javascript"], path: Path) -> Case:
    text = path.read_text()
    head = text.split('"""')[1] if language == "python" else "\n".join(re.findall(r"^// ?(.*)$", text, re.MULTILINE))
    says = dict(re.findall(r"^(ends|timeout|requests|event|native): (.+)$", head, re.MULTILINE))
    return Case(
        language, path.stem, head.strip().split("\n")[0], PRELUDES[language] + text,
        tuple(says.get("ends", "ok").split(", ")), float(says.get("timeout", 5)),
        int(says["requests"]) if "requests" in says else None, says.get("event") == "urls",
        tuple(says["native"].split(", ")) if "native" in says else (),
    )  # fmt: skip
