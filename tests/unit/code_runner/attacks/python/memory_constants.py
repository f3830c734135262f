"""Constants behind the end of a function's constants: whatever lies in memory there.

ends: ok, crashed, failed, timeout
timeout: 0.4
"""


def handler(event, context):
    code = (lambda: 1).__code__
    wide = bytes([69, 255, 82, 255, 35, 0] + [9, 0] * 8)  # EXTENDED_ARG 255; LOAD_CONST 65535; RETURN_VALUE
    return {"beyond": tried(lambda: needed("canary" in repr(type(handler)(code.replace(co_code=wide, co_consts=()), {})())))}
