"""Time off for staff. All is written by the actions, so that it is told, kept and refused as anywhere else: what they
refuse is an error of the form. What is only appended has no form to change it."""

from . import people, records, requests

__all__ = ["people", "records", "requests"]
