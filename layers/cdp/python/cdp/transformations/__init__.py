"""Data transformations (SPEC §16): what changes a profile property's values into a new property. Pure.

A property goes through Merge, then Format, then Standardize, whichever it has; the outcome is the custom
property `<Property>_transformed`. The source stays as it is.
"""
