"""Who looks at the pages: which employee they are, what they may do, what waits for them."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest

from angarium.engine.console.public import zone_of
from angarium.engine.identity.public import principal_of
from angarium.kernel.clock import now
from angarium.modules.timeoff.queries import employees_seen_by, find_requests, staff_of
from angarium.modules.timeoff.rights import employee_of, is_hr


def around(request: HttpRequest) -> dict[str, Any]:
    """What every page's template needs: `me` (None for who is no employee), what one may do, and the tabs' numbers."""
    by = principal_of(request)
    me, hr = employee_of(by), is_hr(by)
    others = employees_seen_by(by).exclude(pk=me.pk) if me else employees_seen_by(by)
    decides = hr or (me is not None and staff_of(by).exclude(pk=me.pk).exists())
    return {
        "me": me,
        "hr": hr,
        "decides": decides,
        "has_staff": decides or others.exists(),
        "waiting": find_requests(by, to_decide=True).count() if decides else 0,
        "here_is": request.get_full_path(),
    }


def today_of(request: HttpRequest) -> date:
    """What day it is on the viewer's clock."""
    return now().astimezone(zone_of(request)).date()


def day_in(request: HttpRequest, name: str, *, usual: date, earliest: date, latest: date) -> date:
    """The day that the query names, brought between these two; `usual` for what is no day."""
    try:
        day = date.fromisoformat(request.GET.get(name, ""))
    except ValueError:
        day = usual
    return min(max(day, earliest), latest)
