"""The metric catalogue: GET /api/metrics, their properties and flow triggers. Reads documents and, for sample
values, the lake; emits nothing."""
