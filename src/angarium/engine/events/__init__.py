"""The event log: what happened, written with the change itself."""
