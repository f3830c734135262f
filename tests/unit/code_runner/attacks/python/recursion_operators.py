"""Depth by operators that are functions, and by attributes that are asked for in turn.

ends: ok, crashed, failed
"""


class Turn:
    def __getattr__(self, name):
        return getattr(self, name + "x")

    def __eq__(self, other):
        return other == self

    def __repr__(self):
        return repr(self)


def handler(event, context):
    return {
        "attribute": tried(lambda: Turn().a),
        "equal": tried(lambda: Turn() == Turn()),
        "repr": tried(lambda: repr(Turn())),
    }
