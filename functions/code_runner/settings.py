from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """`guests`: folder of the compiled guests; "" is where `make guests` leaves them. `kernel_layers`: seccomp, Landlock
    and another user on top of the rest, where the kernel has them. `children`: engines at the same time, each started when
    it is first needed. `job_s`: calls of a job that have not begun by then are left for another job."""

    guests: str = ""
    kernel_layers: bool = True
    children: int = 8
    job_s: int = 600
    allow_loopback: bool = False
