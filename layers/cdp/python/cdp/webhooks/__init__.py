"""Webhooks: topics, the body of a delivery, its signatures. Pure."""
