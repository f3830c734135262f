"""Documents: what is kept in the table, one module per kind of thing, each the only place that knows its keys."""
