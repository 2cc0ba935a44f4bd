"""Where the projects module answers."""

from django.urls import path

from . import beside, hooks, telling, views

app_name = "projects_api"

urlpatterns = [
    path("projects/", views.Projects.as_view(), name="projects"),
    path("projects/<int:id>/", views.OneProject.as_view(), name="project"),
    path("projects/<int:id>/members/", beside.Members.as_view(), name="members"),
    path("projects/<int:id>/members/<uuid:person>/", beside.OneMember.as_view(), name="member"),
    path("tasks/", views.Tasks.as_view(), name="tasks"),
    path("tasks/<int:id>/", views.OneTask.as_view(), name="task"),
    path("tasks/<int:id>/comments/", views.Comments.as_view(), name="comments"),
    path("tasks/<int:id>/place/", beside.Place.as_view(), name="place"),
    path("tasks/<int:id>/assignment/", beside.Assignment.as_view(), name="assignment"),
    path("tasks/<int:id>/reminders/", telling.Reminders.as_view(), name="reminders"),
    path("choices/", telling.Choices.as_view(), name="choices"),
    path("hooks/", hooks.Hooks.as_view(), name="hooks"),
    path("hooks/<uuid:id>/", hooks.OneHook.as_view(), name="hook"),
    path("hooks/<uuid:id>/secret/", hooks.Secret.as_view(), name="hook_secret"),
    path("hooks/<uuid:id>/ping/", hooks.Ping.as_view(), name="hook_ping"),
    path("hooks/<uuid:id>/deliveries/", hooks.Messages.as_view(), name="hook_deliveries"),
    path("hooks/<uuid:id>/deliveries/<uuid:delivery>/replay/", hooks.Replay.as_view(), name="hook_replay"),
]
