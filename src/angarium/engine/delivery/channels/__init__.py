"""The channels there are, one file each."""
