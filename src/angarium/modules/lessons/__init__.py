"""Lessons: a lifecycle that is watched, and students who are told."""
