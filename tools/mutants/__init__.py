"""Breaks the project on purpose, to see which test notices."""
