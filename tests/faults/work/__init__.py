"""A Django app for tests: reactions whose effects are counted, and tasks that misbehave."""
