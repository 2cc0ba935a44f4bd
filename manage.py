#!/usr/bin/env python
"""Django's habit; the same as `angarium`."""

from angarium.config.cli import main

if __name__ == "__main__":
    main()
