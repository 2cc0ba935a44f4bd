"""The pages of projects: the list, one project's board and members, tasks, one task, one's own week."""

from django.urls import path
from django.utils.translation import gettext_noop

from . import board, choices, editing, entering, hooks, listing, members, one, placing, saying, tasks, week

app_name = "projects_pages"
urlpatterns = [
    path("", listing.index, name="list"),
    path("new/", editing.new, name="new"),
    path("mine/", week.show, name="week"),
    path("choices/", choices.edit, name="choices"),
    path("tasks/", tasks.index, name="tasks"),
    path("<int:id>/", board.show, name="show"),
    path("<int:id>/edit/", editing.edit, name="edit"),
    path("<int:id>/deletion/", editing.deletion, name="deletion"),
    path("<int:id>/new/", entering.new, name="enter"),
    path("<int:id>/members/", members.show, name="members"),
    path("<int:id>/members/<uuid:person>/", members.change, name="member"),
    path("<int:id>/members/<uuid:person>/removal/", members.removal, name="member_removal"),
    path("tasks/<int:id>/", one.show, name="task"),
    path("tasks/<int:id>/edit/", entering.edit, name="task_edit"),
    path("tasks/<int:id>/deletion/", entering.deletion, name="task_deletion"),
    path("tasks/<int:id>/place/", placing.place, name="place"),
    path("tasks/<int:id>/assignment/", one.assign, name="assign"),
    path("tasks/<int:id>/comments/", saying.say, name="say"),
    path("tasks/<int:id>/comments/<int:comment>/deletion/", saying.unsay, name="unsay"),
    path("hooks/", hooks.index, name="hooks"),
    path("hooks/new/", hooks.new, name="hook_new"),
    path("hooks/<uuid:id>/", hooks.show, name="hook"),
    path("hooks/<uuid:id>/edit/", hooks.edit, name="hook_edit"),
    path("hooks/<uuid:id>/secret/", hooks.secret, name="hook_secret"),
    path("hooks/<uuid:id>/on/", hooks.switch, {"enabled": True}, name="hook_on"),
    path("hooks/<uuid:id>/off/", hooks.switch, {"enabled": False}, name="hook_off"),
    path("hooks/<uuid:id>/ping/", hooks.ping, name="hook_ping"),
    path("hooks/<uuid:id>/deletion/", hooks.deletion, name="hook_deletion"),
    path("hooks/<uuid:id>/deliveries/<uuid:delivery>/replay/", hooks.replay, name="hook_replay"),
]

#: What this module refuses on its pages, to be found by makemessages: a refusal's sentence is its docstring.
SENTENCES = (
    gettext_noop("There is no such project, or you may not see it."),
    gettext_noop("There is no such task, or you may not see it."),
    gettext_noop("There is no such comment, or you may not see it."),
    gettext_noop("There is nobody of this name who may see the project."),
    gettext_noop("The neighbour is not in the column to which the task is to go."),
    gettext_noop("A project keeps at least one owner; make somebody else one first."),
    gettext_noop("You may read this, but not change it."),
    gettext_noop("There is no such webhook, or you may not see it."),
    gettext_noop("This webhook is switched off; switch it on first."),
    gettext_noop("This message is still being sent."),
    gettext_noop("There are as many webhooks as there may be; delete one first."),
)
