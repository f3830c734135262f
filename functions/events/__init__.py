"""Events as they were recorded: GET /api/events[/{id}] with their profile, their metric and the messages that they
are credited to. Reads the lake and documents, emits nothing."""
