"""Telling people: one row per message, person and channel, with a precise state."""
