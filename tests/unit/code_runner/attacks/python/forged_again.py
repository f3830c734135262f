"""A wish to be tried again at a time that there is not.

ends: again, failed
"""
import account


def handler(event, context):
    fault = account.Retry("later", 1)
    fault.after_s = float("inf")
    raise fault
