"""Looks at a function's code before it is kept: it is read, nothing of it runs."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from . import modules

FILE = "function.py"
_Handler = ast.FunctionDef | ast.AsyncFunctionDef
_MISSING = "The code has no handler: write def handler(event, context)."
_GUARDS = ("ImportError", "ModuleNotFoundError", "Exception", "BaseException")


def problems(code: str) -> list[dict[str, object]]:
    """`message` and `line` each, in the order of the lines."""
    try:
        tree = ast.parse(code, FILE)
        compile(tree, FILE, "exec", dont_inherit=True)
    except SyntaxError as error:
        return [_problem(f"{type(error).__name__}: {error.msg}.", error.lineno)]
    except RecursionError:
        return [_problem("The code is nested too deeply.", None)]
    except ValueError as error:
        return [_problem(f"The code cannot be read: {error}.", None)]
    found = [*_imports(tree), *_handler(tree)]
    return sorted(found, key=lambda problem: int(str(problem["line"] or 0)))


def _problem(message: str, line: int | None) -> dict[str, object]:
    return {"message": message, "line": line}


def _imports(tree: ast.Module) -> Iterator[dict[str, object]]:
    waiting: list[tuple[ast.AST, bool]] = [(tree, False)]
    while waiting:
        node, guarded = waiting.pop()
        if isinstance(node, ast.Import | ast.ImportFrom) and not guarded:
            for name in _names(node):
                reason = modules.why_not(name) if name else "There is no package to import from: the function is one file."
                if reason:
                    yield _problem(reason, node.lineno)
        inside = guarded or (isinstance(node, ast.Try) and any(_catches(each) for each in node.handlers))
        tried = node.body if isinstance(node, ast.Try) else None
        children = ast.iter_child_nodes(node)
        waiting.extend((child, inside if tried is None or child in tried else guarded) for child in children)


def _names(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or "" if node.level == 0 else ""]


def _catches(handler: ast.ExceptHandler) -> bool:
    """Whether it is for modules that are not there."""
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or (isinstance(kind, ast.Name) and kind.id in _GUARDS) for kind in kinds)


def _handler(tree: ast.Module) -> Iterator[dict[str, object]]:
    found: ast.stmt | None = None
    for statement in tree.body:
        if "handler" in _bound(statement):
            found = statement
    if found is None:
        yield _problem(_MISSING, None)
    elif isinstance(found, ast.ClassDef):
        yield _problem("handler is a class: write def handler(event, context).", found.lineno)
    elif isinstance(found, _Handler) and not _takes_two(found.args):
        yield _problem("handler is called with two arguments: def handler(event, context).", found.lineno)


def _bound(statement: ast.stmt) -> set[str]:
    """Names that a statement gives a meaning; of compound ones, all that is said in them."""
    if isinstance(statement, _Handler | ast.ClassDef):
        return {statement.name}
    names: set[str] = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.alias):
            names.add(node.asname or node.name.partition(".")[0])
        elif isinstance(node, _Handler):
            names.add(node.name)
    return names


def _takes_two(arguments: ast.arguments) -> bool:
    places = len(arguments.posonlyargs) + len(arguments.args)
    needed = places - len(arguments.defaults)
    named = [default for default in arguments.kw_defaults if default is None]
    return needed <= 2 and (places >= 2 or arguments.vararg is not None) and not named
