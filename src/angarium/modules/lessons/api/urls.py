"""The paths of the lessons API, relative to the module's prefix."""

from __future__ import annotations

from django.urls import path

from . import aside, participants, views

app_name = "lessons_api"
urlpatterns = [
    path("lessons/", views.Lessons.as_view(), name="lessons"),
    path("lessons/<int:id>/", views.OneLesson.as_view(), name="lesson"),
    path("lessons/<int:id>/reminders/", aside.Reminders.as_view(), name="reminders"),
    path("lessons/<int:id>/calendar.ics/", aside.CalendarEntry.as_view(), name="calendar-entry"),
    path("lessons/<int:id>/confirmation/", views.Confirmation.as_view(), name="confirmation"),
    path("lessons/<int:id>/start/", views.Start.as_view(), name="start"),
    path("lessons/<int:id>/completion/", views.Completion.as_view(), name="completion"),
    path("lessons/<int:id>/reopening/", views.Reopening.as_view(), name="reopening"),
    path("lessons/<int:id>/no-show/", views.NoShow.as_view(), name="no-show"),
    path("lessons/<int:id>/cancellation/", views.Cancellation.as_view(), name="cancellation"),
    path("lessons/<int:id>/rescheduling/", views.Rescheduling.as_view(), name="rescheduling"),
    path("students/", participants.Students.as_view(), name="students"),
    path("students/<int:id>/", participants.OneStudent.as_view(), name="student"),
    path("teachers/", participants.Teachers.as_view(), name="teachers"),
    path("teachers/<int:id>/", participants.OneTeacher.as_view(), name="teacher"),
]
