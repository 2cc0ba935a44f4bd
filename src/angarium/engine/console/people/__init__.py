"""Pages about people: coming in, looking after them, and each one's own account."""
