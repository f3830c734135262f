"""Names of files and folders, and whether they are there.

native: listdir, scandir, glob, walk, stat, exists
"""
import os


def handler(event, context):
    folder = os.path.dirname(event["file"])
    return {
        "listdir": tried(lambda: needed(os.listdir(folder))),
        "root": tried(lambda: needed(os.listdir("/"))),
        "scandir": tried(lambda: needed([each.name for each in os.scandir(folder)])),
        "glob": tried(lambda: needed(__import__("glob").glob(folder + "/*"))),
        "walk": tried(lambda: needed(list(os.walk(folder)))),
        "stat": tried(lambda: os.stat(event["file"]).st_size),
        "exists": tried(lambda: needed(os.path.exists(event["file"]))),
        "readlink": tried(lambda: os.readlink("/proc/self/exe")),
        "statvfs": tried(lambda: os.statvfs("/")),
    }
