"""The HTTP face of the projects module."""
