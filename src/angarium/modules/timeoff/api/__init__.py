"""The HTTP face of the timeoff module."""
