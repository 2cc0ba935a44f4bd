"""Pure Python that everything else stands on: errors, clock, identifiers, lifecycle tables."""
