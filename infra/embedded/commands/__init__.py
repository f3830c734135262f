"""Command groups of `regulars`, one file each."""
