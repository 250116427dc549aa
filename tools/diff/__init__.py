"""Compares what two revisions of the project publish: `lakehouse diff main`."""
