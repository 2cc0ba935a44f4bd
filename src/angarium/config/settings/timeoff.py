"""Time off: how far a balance may be overdrawn, when and whom to ask besides, and how long a letter's link decides."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

from . import env

#: Days of vacation that may be taken before they have accrued.
TIMEOFF_ADVANCE_DAYS = env.integer("TIMEOFF_ADVANCE_DAYS", 0, most=366)
#: Hours after which the next one up is asked as well; 0 for never.
TIMEOFF_ESCALATE_HOURS = env.integer("TIMEOFF_ESCALATE_HOURS", 48, most=8760)
#: Who hears of requests that nobody here could decide.
TIMEOFF_NOTIFY = env.addresses("TIMEOFF_NOTIFY")
#: Hours for which the link in a letter decides.
TIMEOFF_LINK_HOURS = env.integer("TIMEOFF_LINK_HOURS", 168, least=1, most=8760)


def _address_of_pages() -> str:
    """Where people open the pages. On a loopback address that is known by itself."""
    given = env.text("PUBLIC_URL").rstrip("/")
    if given and not given.startswith(("http://", "https://")):
        raise ImproperlyConfigured(f"PUBLIC_URL={given!r} is no address. Write one such as https://work.example.org.")
    port = env.text("PORT", "8000")
    here = env.text("HOST") in {"127.0.0.1", "localhost", "::1"} and port != "0"
    return given or (f"http://localhost:{port}" if here else "")


#: For links in letters that no request asked for; without it they have none.
PUBLIC_URL = _address_of_pages()
