"""Predicted attributes of profiles (SPEC §6, §12.4), and what the account sees of them.

Reads the lake's orders, engagement and profiles, of which it first brings in what waits; writes `predictive` of profiles,
models, settings and the examples of the dashboard. Models are fitted by the room `fit` (`FitDue` out, `FitDone` in); long
work goes on from message to message (`PredictionDue`). Emits `SegmentDue` for segments that look at predictions.
"""
