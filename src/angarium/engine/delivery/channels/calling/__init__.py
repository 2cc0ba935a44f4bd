"""What the channel `webhook` is made of: signatures, where it may go, one call, and what its answer means."""
