"""Landlock and seccomp through the C library: no path at all, and the few calls that running WebAssembly takes.

Numbers are those of x86_64, the only machine the guests are compiled for. linux/landlock.h, linux/seccomp.h.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long

_NO_NEW_PRIVS = 38
_LANDLOCK_CREATE, _LANDLOCK_RESTRICT, _SECCOMP = 444, 446, 317
_FILTER_MODE, _ALL_THREADS = 1, 1
_ARCH_X86_64, _X32 = 0xC000003E, 0x40000000
_ALLOW, _KILL, _DENY = 0x7FFF0000, 0x80000000, 0x00050000 | errno.EPERM
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_EXECUTABLE = 4  # PROT_EXEC

# read write close fstat mmap mprotect munmap brk rt_sigaction rt_sigprocmask rt_sigreturn sched_yield mremap madvise
# nanosleep getpid exit gettimeofday sigaltstack gettid futex restart_syscall clock_gettime clock_getres clock_nanosleep
# exit_group set_robust_list getrandom membarrier rseq
ALLOWED = (0, 1, 3, 5, 9, 10, 11, 12, 13, 14, 15, 24, 25, 28, 35, 39, 60, 96, 131, 186, 202, 219, 228, 229, 230, 231, 273,
           318, 324, 334)  # fmt: skip
# clone fork vfork execve ptrace execveat clone3; socket socketpair connect bind listen accept accept4: nothing of ours
# ever makes these, so whoever does is ended.
FATAL = (56, 57, 58, 59, 101, 322, 435, 41, 53, 42, 49, 50, 43, 288)
_MAPPING = (9, 10)  # mmap, mprotect: never executable any more


def no_new_privileges() -> None:
    if _libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_NO_NEW_PRIVS)")


def close_paths() -> bool:
    """Landlock without a rule: no file can be opened, no TCP port reached. False where the kernel has none."""
    version = _libc.syscall(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(1))
    if version < 1:
        return False
    files = (1 << (13 if version < 2 else 14 if version < 3 else 15 if version < 5 else 16)) - 1
    size = 8 if version < 4 else 16 if version < 6 else 24
    handled = struct.pack("=QQQ", files, 3, 3)[:size]
    ruleset = _libc.syscall(_LANDLOCK_CREATE, handled, ctypes.c_size_t(size), ctypes.c_uint32(0))
    if ruleset < 0 or _libc.syscall(_LANDLOCK_RESTRICT, ctypes.c_int(ruleset), ctypes.c_uint32(0)) != 0:
        raise OSError(ctypes.get_errno(), "landlock")
    os.close(ruleset)
    return True


def filter_calls() -> bool:
    """seccomp for all threads; needs `no_new_privileges`. False where the kernel has none."""
    code = program()
    buffer = ctypes.create_string_buffer(code)
    fprog = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(buffer))
    done = _libc.syscall(_SECCOMP, ctypes.c_uint(_FILTER_MODE), ctypes.c_uint(_ALL_THREADS), fprog)
    if done == 0:
        return True
    if ctypes.get_errno() in (errno.ENOSYS, errno.EINVAL):
        return False
    raise OSError(ctypes.get_errno(), "seccomp")


def program() -> bytes:
    """The filter: instructions of classic BPF over struct seccomp_data (call number at 0, machine at 4, arguments at 16)."""
    def line(operation: int, value: int, yes: int = 0, no: int = 0) -> bytes:
        return struct.pack("=HBBI", operation, yes, no, value)

    lines = [
        line(_LOAD, 4), line(_EQUAL, _ARCH_X86_64, 1, 0), line(_RETURN, _KILL),
        line(_LOAD, 0), line(_AT_LEAST, _X32, 0, 1), line(_RETURN, _KILL),
    ]  # fmt: skip
    for call in _MAPPING:
        lines += [line(_EQUAL, call, 0, 3), line(_LOAD, 32), line(_ANY_BIT, _EXECUTABLE, 0, 1), line(_RETURN, _DENY)]
        lines += [line(_LOAD, 0)]  # the number again, whichever way it went on
    for call in ALLOWED:
        lines += [line(_EQUAL, call, 0, 1), line(_RETURN, _ALLOW)]
    for call in FATAL:
        lines += [line(_EQUAL, call, 0, 1), line(_RETURN, _KILL)]
    return b"".join([*lines, line(_RETURN, _DENY)])
