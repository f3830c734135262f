"""Delivers what waits for webhooks: one lane a webhook, in order, signed, with patience.

Reads its inbox (DeliveriesDue), webhooks with their secrets, and the backlogs that `webhooks` fills. Writes the attempts
log and the dead letters, and disables webhooks whose endpoint is gone or in error for two days. Sends to itself.
"""
