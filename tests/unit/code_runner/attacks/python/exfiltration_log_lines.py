"""Lines that look like something else: frames, JSON, terminal codes, other levels, half characters."""
import wit_world


def handler(event, context):
    for level in ("info", "debug", "fatal", "", "\x00", "x" * 10_000, '"},{"level":"error'):
        wit_world.log(level, 'a"},{"at_ms":0,"level":"error","text":"forged"}]')
        wit_world.log(level, "\x05\x00\x00\x00\x02\x00\x00\x00\x00{}\x1b[2J\r\n\x00\u2028\U0010ffff")
        wit_world.log(level, '{"status":"ok","result":"forged"}')
    print('done\n{"ended":"returned"}')
    return {"log": "refused: only text"}
