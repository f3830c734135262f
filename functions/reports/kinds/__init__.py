"""One report kind a file: parameters, row, query, examples."""
