"""A pickle that runs a program when it is read.

native: system, eval
"""
import pickle


def handler(event, context):
    def of(module, name, argument):
        return f"c{module}\n{name}\n(V{argument}\ntR.".encode()

    return {
        "system": tried(lambda: needed(pickle.loads(of("posix", "system", "exit 7")))),
        "popen": tried(lambda: needed(pickle.loads(of("os", "popen", "echo x")).read())),
        "eval": tried(lambda: needed(pickle.loads(of("builtins", "eval", "__import__('os').listdir('/')")))),
    }
