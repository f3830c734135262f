"""One file a report kind: the cases that are measured, each with the best query of another engine."""
