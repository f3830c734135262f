"""Loads a function's code and calls its handler."""

from __future__ import annotations

import base64
import inspect
import json
import linecache
import marshal
import os
import sys
import traceback
import types
from collections.abc import Callable
from typing import Any

from . import account, chance, host, loop, output
from .checking import FILE

NAME = "function"
_MOST_FRAMES = 20
_MOST_MESSAGE = 2000
MEMORY = "memory"  # in place of JSON: the memory is used up
_handler: Callable[[Any, Any], Any] | None = None


class Fields(dict[str, Any]):
    """An object whose fields are attributes too."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


def prepare(code: str) -> str:
    """The code compiled, and its text for tracebacks; or a failure, which is JSON."""
    try:
        compiled = compile(code, FILE, "exec", dont_inherit=True)
    except MemoryError:
        return MEMORY
    except (SyntaxError, ValueError, RecursionError) as error:
        return _json(_failure(error))
    return f"{base64.b64encode(marshal.dumps(compiled)).decode()}\n{code}"


def load(prepared: str, setting: str) -> str:
    """Run the code from top to bottom; JSON of the failure, or null."""
    global _handler
    given = json.loads(setting)
    os.environ.clear()
    os.environ.update(given["environment"])
    chance.start(given["seed"])
    compiled, _, code = prepared.partition("\n")
    linecache.cache[FILE] = (len(code), None, code.splitlines(keepends=True), FILE)
    module = types.ModuleType(NAME)
    module.__file__ = FILE
    sys.modules[NAME] = module
    try:
        exec(marshal.loads(base64.b64decode(compiled)), module.__dict__)  # noqa: S102, S302 - the function itself
        _handler = module.__dict__.get("handler")
        if not callable(_handler):
            return _json({"kind": "NoHandler", "message": "The code has no handler(event, context).", "where": ""})
    except MemoryError:
        return MEMORY
    except BaseException as error:
        return _json(_failure(error))
    finally:
        output.finish()
    return "null"


def call(event: str, context: str) -> str:
    """JSON of the answer (world.wit)."""
    try:
        answer = _call(event, context)
    except MemoryError:
        return MEMORY
    output.finish()
    return answer


def _call(event: str, context: str) -> str:
    try:
        if _handler is None:
            raise RuntimeError("The code is not loaded.")
        result = _handler(json.loads(event), json.loads(context, object_hook=Fields))
        if inspect.isawaitable(result):
            result = loop.run(result)
    except MemoryError:
        raise
    except account.Retry as error:
        return _json({"status": "again", "again_s": error.after_s, "failure": _failure(error)})
    except BaseException as error:
        return _json({"status": "failed", "failure": _failure(error)})
    return _result(result)


def _result(result: Any) -> str:
    try:
        text = json.dumps(result, allow_nan=False, ensure_ascii=False)
        text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        message = f"What the handler returned cannot be written as JSON: {error}"
        return _json({"status": "failed", "failure": {"kind": "NoResult", "message": message[:_MOST_MESSAGE], "where": ""}})
    return f'{{"status": "ok", "result": {text}}}'


def _failure(error: BaseException) -> dict[str, str]:
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ in ("builtins", NAME, account.__name__) else f"{kind.__module__}.{kind.__qualname__}"
    try:
        message = str(error)
    except Exception:
        message = "(its text cannot be read)"
    return {"kind": name[:200], "message": message[:_MOST_MESSAGE], "where": _where(error)}


def _where(error: BaseException) -> str:
    """The customer's own frames, the innermost last."""
    if isinstance(error, SyntaxError) and error.filename == FILE:
        return f'  File "{FILE}", line {error.lineno}\n'
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == FILE]
    return "".join(traceback.StackSummary.from_list(frames[-_MOST_FRAMES:]).format())


def _json(value: object) -> str:
    return host.clean(json.dumps(value, ensure_ascii=False))
