"""What the platform says of itself, and what it says to requests that mean nothing.

GET /health and GET /openapi.json; on AWS also the API's default route: 404 for an unknown path, 405 with Allow
for a known path with another verb. Reads description.json beside this file (written by `make describe` from
the routes of all rooms, checked by `make check`). Emits nothing.
"""
