"""Stored things as the API shows them: attributes and relationships, one module per resource type that more
than one room serves."""
