"""Takes events in over HTTP: checks them, stamps them, puts them into the inbox of `record`, answers 202.

Reads nothing on the way of an event but the account's existence (browser routes) and profiles named by id.
Emits EventsAccepted.
"""
