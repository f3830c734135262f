"""An archive whose entries unfold without end.

ends: ok, crashed, failed, timeout
timeout: 0.4
"""
import io
import zipfile


def handler(event, context):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(4):
            archive.writestr(str(number), bytes(20_000_000))
    return {"unfolded": tried(lambda: len(b"".join([zipfile.ZipFile(file).read(str(number % 4)) for number in range(40)])))}
