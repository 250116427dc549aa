"""The command `lakehouse`: runs, checks and shows the Sales Lakehouse."""
