"""Fixtures for the tests below this folder. The servers are a plugin (`tests.servers`), so that `src` has them too."""
