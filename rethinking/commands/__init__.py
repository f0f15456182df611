"""What ``python -m rethinking`` does: one module a command, each with a function that returns the exit status."""
