"""The pages of operations: the list, one operation, dead letters, pipelines and their runs, and the literal tasks."""

from django.urls import path
from django.utils.translation import gettext_noop

from . import comparing, dead_letters, listing, many, one, pipelines, runs, tasks, views

#: What this module refuses on its pages, to be found by makemessages: a refusal's sentence is its docstring.
SENTENCES = (
    gettext_noop("There is no pipeline of this name."),
    gettext_noop("There is no such run of a pipeline, or you may not see it."),
    gettext_noop("There is no such task, or you may not see it."),
    gettext_noop("This pipeline is not active: no runs of it are started."),
    gettext_noop("The run goes on or has succeeded; only one that failed or was cancelled is resumed."),
    gettext_noop("The run has ended: nothing of it is open."),
    gettext_noop("The operation is not paused; only a paused one can be resumed."),
    gettext_noop("Say at least one thing of the operations that you mean."),
    gettext_noop("Only what is open can be cancelled."),
    gettext_noop("Only what has ended can be retried."),
    gettext_noop("You have as many views as one may have; delete one of them first."),
    gettext_noop("You have a view of this name already."),
    gettext_noop("This filter is too long to be kept."),
    gettext_noop("This filter makes no sense, so it is not kept."),
)

app_name = "operations_pages"
urlpatterns = [
    path("", listing.index, name="list"),
    path("views/", views.save, name="save_view"),
    path("views/<int:id>/name/", views.rename, name="rename_view"),
    path("views/<int:id>/deletion/", views.delete, name="delete_view"),
    path("chosen/", many.ticked, name="ticked"),
    *[path(f"many/{verb}/", many.many, {"verb": verb}, name=f"many_{verb}") for verb in many.VERBS],
    path("dead-letters/", dead_letters.dead_letters, name="dead_letters"),
    path("dead-letters/retry/", dead_letters.retry_selected, name="retry_selected"),
    path("tasks/", tasks.tasks, name="tasks"),
    path("pipelines/", pipelines.pipelines, name="pipelines"),
    path("pipelines/runs/<uuid:id>/", runs.run, name="run"),
    *[path(f"pipelines/runs/<uuid:id>/{verb}/", runs.move, {"verb": verb}, f"run_{verb}") for verb in runs.VERBS],
    path("pipelines/<str:name>/", pipelines.pipeline, name="pipeline"),
    path("<uuid:id>/", one.show, name="show"),
    path("<uuid:id>/difference/", comparing.compare, name="difference"),
    *[path(f"<uuid:id>/{verb}/", one.move, {"verb": verb}, name=verb) for verb in one.VERBS],
]
