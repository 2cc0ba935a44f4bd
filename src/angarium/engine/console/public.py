"""The console's door: how a module gets a place in the navigation and answers its pages.

    # apps.py
    def ready(self) -> None:
        section("lessons", _("Lessons"), "lessons_pages:list", icon="lessons", order=20)

    # pages.py
    @signed_in
    def show(request: HttpRequest, id: int) -> HttpResponse:
        return page(request, "lessons/show.html", {"lesson": lesson_seen_by(principal_of(request), id)})

Templates extend `console/shell.html` and fill `title`, `crumbs`, `actions` and `content`.
"""

from .page import act, page, safe_next, signed_in, zone_of
from .sections import Section, everyone, section

__all__ = ["Section", "act", "everyone", "page", "safe_next", "section", "signed_in", "zone_of"]
