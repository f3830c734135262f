"""YAML that unfolds to billions of nodes, and YAML that runs a program.

ends: ok, crashed, failed, timeout
timeout: 0.4
"""
import json

import yaml


def handler(event, context):
    laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
    )
    return {
        "program": tried(lambda: needed(yaml.unsafe_load('!!python/object/apply:os.system ["exit 7"]'))),
        "module": tried(lambda: yaml.unsafe_load('!!python/object/apply:subprocess.check_output [["id"]]')),
        "laughs": tried(lambda: len(json.dumps(yaml.safe_load(laughs)))),
    }
