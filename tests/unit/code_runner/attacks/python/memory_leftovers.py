"""What an account before left in memory: new memory that was never written to.

ends: ok, crashed, failed
"""
import array
import gc
import io


def handler(event, context):
    mark = b"left-" + b"behind"
    return {
        "buffer": tried(lambda: needed(mark in bytes(bytearray(30_000_000)))),
        "grown": tried(lambda: needed(mark in grown())),
        "array": tried(lambda: needed(mark in (array.array("B", [1]) * 1_000_000).tobytes())),
        "objects": tried(lambda: needed([each for each in gc.get_objects() if isinstance(each, str) and each.encode(errors="replace") == mark])),
    }


def grown():
    file = io.BytesIO()
    file.seek(20_000_000)
    file.write(b"x")
    return file.getvalue()
