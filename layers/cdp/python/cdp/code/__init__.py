"""Customers' functions: what a dispatcher asks of the sandbox, and what comes back."""
