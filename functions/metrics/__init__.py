"""The metric catalogue: GET /api/metrics, their properties and flow triggers; custom metrics and mapped metrics.

Reads and writes documents; reads the lake for sample values and for which of several metrics is used most. Emits
nothing.
"""
