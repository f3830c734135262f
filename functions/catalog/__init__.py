"""The catalog: items, their variants, categories; bulk jobs; subscriptions to what is back in stock.

Serves /api/catalog-* and back-in-stock-subscriptions; reads and writes documents; works off bulk jobs from its own
inbox; emits EventsAccepted for whoever waits for a variant.
"""
