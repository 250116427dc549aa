"""Changes the models on purpose, to see which check notices."""
