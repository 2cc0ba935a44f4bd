"""The rules of the tree, each a test that names the line which breaks it."""
