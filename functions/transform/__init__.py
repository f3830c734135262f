"""Data transformations: change values of profile properties into new ones (SPEC §16).

Serves /api/data-transformations and /api/data-transformation-previews. Reads TransformationDue from its own inbox
to apply a transformation to the profiles that exist already; writers of profiles apply it from then on
(documents.transformations). Emits ProfilesChanged when somebody listens.
"""
