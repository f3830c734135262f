"""Fits models of purchases and of spend by maximum likelihood, with `lifetimes`.

Reads FitDue (sufficient statistics, from `predict`); reads and writes neither table nor lake; answers FitDone into the
inbox of `predict`. Each fit runs in a child process: whatever happens to it, the answer says why there is none.
"""
