"""The account of the caller: GET /api/accounts[/{id}]. Reads documents, emits nothing."""
