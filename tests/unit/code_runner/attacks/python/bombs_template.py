"""A template that reaches for the interpreter, and one that has no end.

ends: ok, crashed, failed, timeout
timeout: 0.4
"""
import jinja2


def handler(event, context):
    render = lambda text: jinja2.Environment().from_string(text).render()
    return {
        "globals": tried(lambda: needed(render("{{ cycler.__init__.__globals__.os.popen('echo x').read() }}"))),
        "subclasses": tried(lambda: needed(render("{{ lipsum.__globals__['os'].listdir('/') }}"))),
        "range": tried(lambda: len(render("{% for i in range(10**9) %}xxxxxxxxxxxxxxxx{% endfor %}"))),
    }
