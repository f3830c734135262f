"""The conventions of the API, once: requests, documents, errors, filters, cursors, limits (SPEC §1)."""
