"""Workloads measured side by side with their peers; one file each."""
