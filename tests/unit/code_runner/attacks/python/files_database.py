"""Files by way of the database that is built into the interpreter: opened, attached, as a shared object.

ends: ok, crashed
"""


def handler(event, context):
    def library():
        made = connect(":memory:")
        made.enable_load_extension(True)
        made.load_extension(event["file"])
        return "loaded"

    try:
        from _sqlite3 import connect
    except ImportError as error:
        return {"module": f"refused: {error}"}
    return {
        "open": tried(lambda: connect(event["file"]).execute("select * from sqlite_master").fetchall()),
        "uri": tried(lambda: connect(f"file:{event['file']}?mode=ro", uri=True).execute("select * from sqlite_master").fetchall()),
        "write": tried(lambda: connect(event["folder"] + "/made").execute("create table t (x)") and "made"),
        "attach": tried(lambda: connect(":memory:").execute("attach ? as other", (event["folder"] + "/made",)) and "attached"),
        "into": tried(lambda: connect(":memory:").execute("vacuum into ?", (event["folder"] + "/made",)) and "written"),
        "library": tried(library),
    }
