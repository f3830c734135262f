from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """The room needs nothing but its own folder."""
