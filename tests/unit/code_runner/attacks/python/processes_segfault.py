"""An interpreter that reads where nothing is.

ends: ok, failed, crashed
"""


def handler(event, context):
    import faulthandler

    faulthandler._read_null()
    return {"still": "refused: nothing"}
