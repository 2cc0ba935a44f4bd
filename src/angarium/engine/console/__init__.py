"""The pages' shell, which modules fill."""
