"""A power of more digits than there is time for.

ends: timeout
timeout: 0.15
"""


def handler(event, context):
    value = 3 ** (1 << 18)
    while True:
        value = value * value % (7 ** (1 << 18))
