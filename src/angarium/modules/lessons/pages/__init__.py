"""The pages of lessons: the list, the calendar, the form, one lesson."""

from django.urls import path

from . import calendar, lessons

app_name = "lessons_pages"
urlpatterns = [
    path("", lessons.index, name="list"),
    path("calendar/", calendar.calendar, name="calendar"),
    path("new/", lessons.plan, name="plan"),
    path("<int:id>/", lessons.show, name="show"),
    path("<int:id>/edit/", lessons.edit, name="edit"),
    path("<int:id>/rescheduling/", lessons.rescheduling, name="rescheduling"),
    path("<int:id>/cancellation/", lessons.cancellation, name="cancellation"),
    path("<int:id>/deletion/", lessons.deletion, name="deletion"),
    *[path(f"<int:id>/{verb}/", lessons.move, {"verb": verb}, name=verb) for verb in lessons.VERBS],
]
