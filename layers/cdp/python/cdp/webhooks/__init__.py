"""Webhooks: topics, the body of a delivery, its signatures, and its POST. All but the last are pure."""
