"""Mailings over HTTP."""
