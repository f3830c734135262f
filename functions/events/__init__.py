"""Events as they were recorded: GET /api/events[/{id}] with their profile and metric. Reads the lake and
documents, emits nothing."""
