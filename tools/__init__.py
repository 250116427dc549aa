"""For people who work on this repository."""
