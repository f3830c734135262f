"""Results of types that only look like JSON's.

ends: ok, failed
"""


class Text(str):
    def __str__(self):
        raise SystemExit

    def __class__(self):
        raise SystemExit


class Number(int):
    def __repr__(self):
        return '1}, {"status": "ok"'


class Float(float):
    def __repr__(self):
        return "NaN"


def handler(event, context):
    return {"text": Text("x"), "number": Number(1), "float": Float(1), Text("key"): True, 1: 2, None: 3}
