"""The interpreter's own names out of marshalled code, generators, tracebacks and hooks of the debugger.

native: marshal, breakpoint
"""
import marshal


def handler(event, context):
    def unmarshalled():
        code = marshal.loads(marshal.dumps(compile("__import__('os').listdir('/')", "x", "eval")))
        return needed(eval(code))

    def debugged():
        import sys

        return needed(sys.breakpointhook is not None and sys.__breakpointhook__.__self__.__name__) if not event.get("inside") else sys.breakpointhook()

    def raised():
        try:
            raise ValueError
        except ValueError as error:
            return needed(error.__traceback__.tb_frame.f_builtins["open"](event["file"]).read())

    return {
        "marshal": tried(unmarshalled),
        "breakpoint": tried(debugged),
        "traceback": tried(raised),
        "generator": tried(lambda: needed((each for each in ()).gi_frame.f_builtins["open"](event["file"]).read())),
        "input": tried(lambda: needed(input())) if event.get("inside") else "refused: not asked",
    }
