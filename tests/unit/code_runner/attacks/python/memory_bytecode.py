"""Memory outside of the interpreter's objects, through code that its compiler would not write.

ends: ok, crashed, failed, timeout
timeout: 0.4
"""


def handler(event, context):
    def victim():
        a = 1
        return a

    code = victim.__code__
    found = {}
    for number in range(0, 256, 5):
        garbage = bytes([number, 255] * (len(code.co_code) // 2))
        changed = code.replace(co_code=garbage, co_consts=(), co_nlocals=0, co_varnames=(), co_stacksize=1)
        found[str(number)] = tried(lambda changed=changed: needed("canary" in repr(type(victim)(changed, {})())))
    return found
