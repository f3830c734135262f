"""More log than a run may have: many lines, long lines, lines without an end."""
import logging
import sys

import wit_world


def handler(event, context):
    for _ in range(1500):
        print("x" * 100)
    print("y" * 1_000_000)
    sys.stdout.write("z" * 1_000_000)
    logging.error("w" * 1_000_000)
    for _ in range(1500):
        wit_world.log("error", "")
    return {}
