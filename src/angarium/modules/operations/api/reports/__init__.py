"""The fast path of reports: raw ASGI, read by msgspec, committed in groups."""
