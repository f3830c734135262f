"""Entities within entities, and one of a file.

ends: ok, crashed, failed, timeout
timeout: 0.4
"""
import xml.etree.ElementTree as tree


def handler(event, context):
    laughs = '<!DOCTYPE a [<!ENTITY a0 "ha">' + "".join(
        f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)
    )
    outside = f'<!DOCTYPE a [<!ENTITY x SYSTEM "file://{event["file"]}">]><a>&x;</a>'
    return {
        "laughs": tried(lambda: len(tree.fromstring(laughs + "]><a>&a9;</a>").text)),
        "file": tried(lambda: needed(tree.fromstring(outside).text)),
    }
