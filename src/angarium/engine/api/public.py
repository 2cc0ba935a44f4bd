"""The door of the API: what a module's `api/` folder is written with.

    # api/shapes.py
    class LessonShape(Shape):                        # a body's fields; unknown names are refused
        id = Integer(read_only=True)
        title = SingleLineText()                     # no control characters, 255 at most; Text() takes several lines
        student_id = Integer(min_value=1)            # strict: "5", 1.5 and true are refused
        timezone = Timezone(required=False)
        starts_at = Moment(zone_from="timezone")     # without zone_from a time without an offset is refused
        version = Integer(read_only=True)

    class LessonFilter(Shape):                       # the query string, digits are read there
        student_id = Integer(required=False)

    # api/views.py
    class Lessons(ListView):
        shows, filters, literal, paging = LessonShape, LessonFilter, True, BareList()

        def rows(self) -> QuerySet[Lesson]:
            return queries.lessons_seen_by(self.principal).filter(**self.query())

        @idempotent                                  # honours Idempotency-Key
        def post(self, request: Request) -> HttpResponseBase:
            lesson = actions.create_lesson(by=self.principal, **self.read())
            return self.answer(lesson, 201, location=reverse("lessons_api:lesson", args=[lesson.id]))

    class OneLesson(View):
        shows, literal, conditional = LessonShape, True, ("PATCH",)

        def current(self) -> Lesson:                 # shown in the answer 412
            return queries.lesson_seen_by(self.principal, self.kwargs["id"])

        def get(self, request: Request, id: int) -> HttpResponseBase:
            return self.answer(self.current())       # with ETag "v<version>"

        def patch(self, request: Request, id: int) -> HttpResponseBase:
            changes = self.read(self.current(), partial=True)
            return self.answer(actions.change_lesson(id, by=self.principal, version=self.if_match(), **changes))

    class Completion(View):
        shows, reads, literal = LessonShape, {}, True         # a POST without a body

        @idempotent
        def post(self, request: Request, id: int) -> HttpResponseBase:
            return self.answer(actions.complete_lesson(id, by=self.principal, version=self.if_match()))

`answers = {"POST": …}` names another shape for the answers of a method. A version that is a pair (an operation's epoch
and seq) is read with `if_match_pair`. A view raises the errors of `kernel.errors`; they become problem+json with the
right status. A token needs `lessons:read` for GET and `lessons:write` for the rest; `scope` on the view changes that.
Paths end in a slash.
Actions must not use `atomic(durable=True)`: under an Idempotency-Key they run inside its transaction.
"""

from .authentication import BearerToken
from .cached import CachedList
from .errors import TooLarge
from .fields import Boolean, Email, Integer, SingleLineText, Text, Timezone
from .idempotency import idempotent, prune_idempotency_keys
from .limits import large_body
from .moments import Moment
from .paging import BareList, PagedList
from .paths import module_of
from .preconditions import etag, if_match, if_match_pair
from .problem import Problem
from .problems import problem_of
from .rows import RowView
from .shapes import Shape
from .views import ListView, View

__all__ = [
    "BareList",
    "BearerToken",
    "Boolean",
    "CachedList",
    "Email",
    "Integer",
    "ListView",
    "Moment",
    "PagedList",
    "Problem",
    "RowView",
    "Shape",
    "SingleLineText",
    "Text",
    "Timezone",
    "TooLarge",
    "View",
    "etag",
    "idempotent",
    "if_match",
    "if_match_pair",
    "large_body",
    "module_of",
    "problem_of",
    "prune_idempotency_keys",
]
