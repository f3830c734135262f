"""Another program, by every function that starts one.

native: system, popen, run, fork, spawn, posix_spawn, multiprocessing
"""
import os


def handler(event, context):
    def forked():
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
        return child

    def spawned():
        import multiprocessing

        process = multiprocessing.get_context("fork").Process(target=print)
        process.start()
        process.join()
        return needed(process.pid)

    return {
        "system": tried(lambda: needed(os.system("exit 7"))),
        "popen": tried(lambda: needed(os.popen("echo x").read())),
        "run": tried(lambda: __import__("subprocess").run(["/bin/true"])),
        "check": tried(lambda: __import__("subprocess").check_output("id", shell=True)),
        "fork": tried(forked),
        "spawn": tried(lambda: needed(os.spawnv(os.P_WAIT, "/bin/sh", ["sh", "-c", "exit 7"]))),
        "posix_spawn": tried(lambda: os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)),
        "multiprocessing": tried(spawned),
        "pty": tried(lambda: needed(__import__("pty").spawn("/bin/true") == 0)) if event.get("inside") else "refused: not asked",
        "asyncio": tried(lambda: __import__("asyncio").run(__import__("asyncio").create_subprocess_exec("/bin/true"))),
        "pool": tried(lambda: __import__("concurrent.futures").futures.ProcessPoolExecutor(1).submit(abs, 1).result()),
    }
