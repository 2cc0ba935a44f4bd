"""Mass mailings: to whom, in which window of their day, through a sender that cannot be relied on."""
