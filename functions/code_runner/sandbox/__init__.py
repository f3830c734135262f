"""The engine child: one process, one socket, WebAssembly. Imports the standard library and wasmtime, nothing of ours."""
