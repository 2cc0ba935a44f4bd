"""What a process has loaded when it begins to serve stays for as long as it lives."""

from __future__ import annotations

import gc

from django.urls import get_resolver

#: Objects made and not freed before the youngest are looked through, and how many of those looks make the next one up:
#: a request makes thousands that go by themselves.
YOUNG, OLDER, OLDEST = 10_000, 20, 20


def settle() -> None:
    """Take what is loaded out of the garbage collector's sight. To look through all of it takes a tenth of a second, in
    which every request waits; of batches of reports that cost a fifth of what the server can take."""
    _ = get_resolver().url_patterns  # loads them
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, OLDER, OLDEST)
