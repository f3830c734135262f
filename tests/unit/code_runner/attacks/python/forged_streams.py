"""Output replaced by what is not a stream, and streams closed.

ends: ok, failed, crashed
"""
import logging
import sys


def handler(event, context):
    from _sandbox import output

    output._streams = (None, 1)
    sys.stdout = sys.stderr = None
    logging.root.handlers = [object()]
    output.host.log = lambda *_: sys.exit(3)
    print("x")
    return {}
