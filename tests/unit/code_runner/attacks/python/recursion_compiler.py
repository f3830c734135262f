"""Source so deep that its compiler falls over.

ends: ok, crashed, failed, timeout
timeout: 0.4
"""
import ast
import re


def handler(event, context):
    return {
        "brackets": tried(lambda: compile("(" * 100_000 + ")" * 100_000, "x", "eval")),
        "minus": tried(lambda: compile("-" * 1_000_000 + "1", "x", "eval")),
        "sum": tried(lambda: eval("+".join(["1"] * 500_000)) and "reckoned") if False else "refused: not asked",
        "literal": tried(lambda: ast.literal_eval("[" * 100_000 + "]" * 100_000)),
        "pattern": tried(lambda: re.compile("(" * 50_000 + ")" * 50_000).groups),
    }
