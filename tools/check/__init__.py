"""What can be known about the project without a workspace: `lakehouse check`."""
