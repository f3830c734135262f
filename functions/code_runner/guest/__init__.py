"""What is compiled into the WebAssembly components: the runtimes of customers' functions, and how they are built."""
