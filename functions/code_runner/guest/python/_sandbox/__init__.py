"""The Python runtime of functions, as it is inside the component: CPython 3.14 without files, sockets or threads."""
