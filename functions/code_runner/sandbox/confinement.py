"""What the engine child takes away from itself before it sees any of a customer's code.

Process limits hold everywhere. The kernel's extra layers (another user, Landlock, seccomp) hold where the kernel has
them: inside Lambda it has none, and WebAssembly has to be enough.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Callable

from functions.code_runner.sandbox import kernel

NOBODY = 65534
CPU_S = 3600  # of a child's whole life; the runner replaces it long before
MORE_ADDRESSES = 24 * 2**30  # reservations of one instance: four GiB and guards for each of its memories
MORE_DATA = 512 * 2**20  # what may really be written to: 256 MiB of guest, and its host's copies of what passes


def silence() -> None:
    """Standard streams lead nowhere."""
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    os.close(null)


def confine(*, kernel_layers: bool, threads: Callable[[], None]) -> list[str]:
    """Close everything; the names of the kernel's layers that hold. `threads` starts those that are still needed: none
    can be started afterwards."""
    os.environ.clear()  # noqa: TID251 - forgotten, not read
    os.chdir("/")
    addresses, data = _used()
    layers = _another_user() + _closed_paths() if kernel_layers else []
    threads()
    _bound(addresses + MORE_ADDRESSES, data + MORE_DATA)
    if kernel_layers and kernel.filter_calls():
        layers.append("seccomp")
    return layers


def _another_user() -> list[str]:
    if os.getuid() != 0:
        return []
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    return ["user"]


def _closed_paths() -> list[str]:
    kernel.no_new_privileges()
    return ["landlock"] if kernel.close_paths() else []


def _used() -> tuple[int, int]:
    """Bytes of address space, and of it what may be written to."""
    with open("/proc/self/statm") as file:
        pages = file.read().split()
    return int(pages[0]) * resource.getpagesize(), int(pages[5]) * resource.getpagesize()


def _bound(addresses: int, data: int) -> None:
    for limit, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 0),  # what is open stays open
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_CPU, CPU_S),
        (resource.RLIMIT_AS, addresses),
        (resource.RLIMIT_DATA, data),
    ):
        resource.setrlimit(limit, (most, most))
