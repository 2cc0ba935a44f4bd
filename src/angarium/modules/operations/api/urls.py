"""The paths of the operations API, relative to the module's prefix."""

from __future__ import annotations

from django.urls import path

from . import bulk, claims, pipelines, tasks, verbs, views
from .reports.views import Transitions, TransitionsBatch

app_name = "operations_api"
urlpatterns = [
    path("tasks/", tasks.Tasks.as_view(), name="tasks"),
    path("tasks/<uuid:id>/", tasks.OneTask.as_view(), name="task"),
    path("operations/", views.Operations.as_view(), name="operations"),
    path("operations:claim/", claims.ClaimDue.as_view(), name="claim_due"),
    path("operations:cancel/", bulk.CancelMany.as_view(), name="cancel_many"),
    path("operations:retry/", bulk.RetryMany.as_view(), name="retry_many"),
    path("operations/leases:batch/", claims.Leases.as_view(), name="leases"),
    path("operations/<uuid:id>/", views.OneOperation.as_view(), name="operation"),
    path("operations/<uuid:id>/timeline/", views.Timeline.as_view(), name="timeline"),
    path("operations/<uuid:id>/claim/", claims.ClaimOne.as_view(), name="claim"),
    path("operations/transitions:batch/", TransitionsBatch.as_view(), name="transitions_batch"),
    path("operations/<uuid:id>/transitions/", Transitions.as_view(), name="transitions"),
    path("operations/<uuid:id>/lease/", claims.Lease.as_view(), name="lease"),
    path("operations/<uuid:id>:cancel/", verbs.Cancel.as_view(), name="cancel"),
    path("operations/<uuid:id>:pause/", verbs.Pause.as_view(), name="pause"),
    path("operations/<uuid:id>:resume/", verbs.Resume.as_view(), name="resume"),
    path("operations/<uuid:id>:retry/", verbs.Retry.as_view(), name="retry"),
    path("pipelines/", pipelines.Pipelines.as_view(), name="pipelines"),
    path("pipelines/runs/", pipelines.Runs.as_view(), name="runs"),
    path("pipelines/runs/<uuid:id>/", pipelines.OneRun.as_view(), name="run"),
    path("pipelines/runs/<uuid:id>:resume/", pipelines.ResumeRun.as_view(), name="resume_run"),
    path("pipelines/runs/<uuid:id>:cancel/", pipelines.CancelRun.as_view(), name="cancel_run"),
    path("pipelines/<str:name>/", pipelines.OnePipeline.as_view(), name="pipeline"),
    path("pipelines/<str:name>/runs/", pipelines.StartRun.as_view(), name="start_run"),
    path("pipelines/<str:name>/stages/", pipelines.Backlog.as_view(), name="backlog"),
]
