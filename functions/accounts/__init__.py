"""The account of the caller: GET /api/accounts[/{id}]; its attribution settings: GET and PATCH of
/api/attribution-settings/default. Reads and writes documents, emits nothing."""
