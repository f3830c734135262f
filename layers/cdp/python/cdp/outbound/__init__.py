"""Requests to the outside world under one policy: webhooks, and `fetch` of customers' functions (docs/outbound.md)."""
