"""The external sender of text messages: what it is told, what its answers mean, and many calls to it at once."""
