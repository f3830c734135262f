"""A file that anybody may read, by every function that opens one.

native: open, io, FileIO, os, pathlib, codecs, tokenize, linecache, fileinput, mmap, loader, gzip, config
"""
import os


def handler(event, context):
    name = event["file"]

    def mapped():
        import mmap

        with open(name, "rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)[:20]

    def configured():
        import configparser

        return needed(configparser.ConfigParser().read(name) or None)

    def packed():
        import gzip

        try:
            return gzip.open(name).read()
        except gzip.BadGzipFile:
            return "read"

    return {
        "open": tried(lambda: open(name).read()),
        "io": tried(lambda: __import__("io").open(name).read()),
        "FileIO": tried(lambda: __import__("_io").FileIO(name).read()),
        "code": tried(lambda: __import__("_io").open_code(name).read()),
        "os": tried(lambda: os.read(os.open(name, os.O_RDONLY), 20)),
        "pathlib": tried(lambda: __import__("pathlib").Path(name).read_text()),
        "codecs": tried(lambda: __import__("codecs").open(name).read()),
        "tokenize": tried(lambda: __import__("tokenize").open(name).read()),
        "linecache": tried(lambda: needed(__import__("linecache").getlines(name))),
        "fileinput": tried(lambda: next(__import__("fileinput").input(name))),
        "mmap": tried(mapped),
        "loader": tried(lambda: __import__("importlib.machinery").machinery.SourceFileLoader("x", name).get_data(name)),
        "gzip": tried(packed),
        "config": tried(configured),
        "relative": tried(lambda: open("../../../../../../../.." + name).read()),
        "bytes": tried(lambda: open(name.encode()).read()),
        "url": tried(lambda: __import__("urllib.request").request.urlopen("file://" + name).read()),
        "requests": tried(lambda: __import__("requests").get("file://" + name).text),
        "template": tried(lambda: __import__("jinja2").Environment(loader=__import__("jinja2").FileSystemLoader("/")).get_template(name).render()),
    }
