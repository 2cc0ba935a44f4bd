"""Where in a text a search found its words."""

from __future__ import annotations

import re

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


def with_hits(text: str, words: str) -> SafeString:
    """The text as HTML, each place that has these words, in upper or lower case, in a <mark>."""
    if not words:
        return format_html("{}", text)
    pieces = re.split(f"({re.escape(words)})", text, flags=re.IGNORECASE)
    marks = ((format_html("<mark>{}</mark>" if at % 2 else "{}", piece),) for at, piece in enumerate(pieces))
    return format_html_join("", "{}", marks)
