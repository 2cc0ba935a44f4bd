"""Where lists are kept: in Redis for all processes together, or in the memory of each."""
