"""How guests are compiled and run. Imports wasmtime only."""

from __future__ import annotations

import wasmtime
from wasmtime import component

STACK_BYTES = 2 * 2**20  # of compiled code; the thread that runs it needs twice as much
# The instructions that every x86_64 of the last fifteen years has: what is compiled here runs on another machine too.
TARGET = "x86_64-unknown-linux-gnu"
INSTRUCTIONS = ("has_sse3", "has_ssse3", "has_sse41", "has_sse42", "has_popcnt")


def configuration() -> wasmtime.Config:
    """How guests are compiled and run: the same to the letter, or the engine refuses the artefact."""
    config = wasmtime.Config()
    config.target = TARGET
    for instruction in INSTRUCTIONS:
        config.cranelift_flag_enable(instruction)
    config.epoch_interruption = True
    config.max_wasm_stack = STACK_BYTES
    config.memory_init_cow = True  # an instance's memory is the image's until it is written to
    config.wasm_threads = False
    config.wasm_memory64 = False
    config.wasm_relaxed_simd = False
    return config


def compile_ahead(guest: bytes) -> bytes:
    """Machine code of a component, for engines of this `configuration` and version of wasmtime."""
    return bytes(component.Component(wasmtime.Engine(configuration()), guest).serialize())
