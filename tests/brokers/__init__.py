"""What the product says to real brokers, and what it does when they do not do as they are told."""
