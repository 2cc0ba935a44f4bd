"""What the channel `email` is made of: the letter, the back ends that are ours, and what each kind of failure means."""
