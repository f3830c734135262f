"""An end of the interpreter that takes its host along.

ends: ok, failed, crashed
"""
import os
import sys


def handler(event, context):
    tried(lambda: os._exit(0))
    sys.exit(0)
