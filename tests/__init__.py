"""Tests of what no single module owns, and the servers that all tests run on."""
