"""Who is calling? Turns the Authorization header into an account and its scopes.

Reads private keys (hashed) from the table; emits nothing. Runs as the HTTP API's Lambda authorizer.
"""
