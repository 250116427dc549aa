"""A Genie space as code: write, lint, deploy, ask, benchmark."""
