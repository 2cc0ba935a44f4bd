"""People, service tokens and the Principal that every policy asks."""
