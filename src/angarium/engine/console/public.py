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

from .audit.looking import look
from .audit.report import last_look
from .audit.words import EXPLANATIONS
from .columns import Columns, Tick, columns
from .forms import WallClock, fill
from .humane import brief, lasting, span_of
from .lanes import Axis, Piece, Stretch, axis
from .page import answered, attempt, one_page, page, partial, safe_next, signed_in, zone_of
from .refusals import said
from .sections import Section, everyone, section
from .story import Moment, story_of
from .subjects import subject_page, subject_url

__all__ = [
    "EXPLANATIONS",
    "Axis",
    "Columns",
    "Moment",
    "Piece",
    "Section",
    "Stretch",
    "Tick",
    "WallClock",
    "answered",
    "attempt",
    "axis",
    "brief",
    "columns",
    "everyone",
    "fill",
    "last_look",
    "lasting",
    "look",
    "one_page",
    "page",
    "partial",
    "safe_next",
    "said",
    "section",
    "signed_in",
    "span_of",
    "story_of",
    "subject_page",
    "subject_url",
    "zone_of",
]
