"""Something left on a disk.

native: open, tempfile, mkdir, symlink, log, sqlite, truncate
"""
import os


def handler(event, context):
    folder = event["folder"]

    def written(name):
        with open(f"{folder}/{name}", "w") as file:
            return file.write("x")

    def temporary():
        import tempfile

        with tempfile.TemporaryFile() as file:
            return file.write(b"x")

    def logged():
        import logging

        handler = logging.FileHandler(f"{folder}/log")
        handler.emit(logging.makeLogRecord({"msg": "x"}))
        handler.close()
        return "written"

    return {
        "open": tried(lambda: written("a")),
        "append": tried(lambda: open(event["file"] + "-", "a").write("x")),
        "tempfile": tried(temporary),
        "mkdir": tried(lambda: os.mkdir(f"{folder}/b") or "made"),
        "symlink": tried(lambda: os.symlink("/etc/passwd", f"{folder}/c") or "made"),
        "log": tried(logged),
        "sqlite": tried(lambda: __import__("sqlite3").connect(f"{folder}/d").execute("create table t (x)") and "made"),
        "truncate": tried(lambda: os.truncate(f"{folder}/a", 0) or "cut"),
        "memfd": tried(lambda: os.memfd_create("x")),
    }
