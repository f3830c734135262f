"""Which message a conversion is owed to: queries over events, under the settings of today (docs/attribution.md). Pure."""
