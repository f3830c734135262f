"""Runs customers' functions in the sandbox: code, environment and events in; results, logs and requests made out.

Has no route and no inbox: `executions` and `code` call it directly (cdp/code/job.py). Reads and writes nothing of the
platform. What the code asks of the world goes through `egress`; it refuses to run at all when its guests are not those
that were built, when it is not told whose code it runs, or when its self-test fails: docs/sandbox.md.
"""
