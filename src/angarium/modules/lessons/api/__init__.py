"""The HTTP face of the lessons module."""
