"""The usual service: the tutorial's ModelViewSet of tasks with its token authentication, and no cache; gunicorn with
two processes of four threads. It pages as DRF does where a page is asked for."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import dj_database_url
import django
from django.conf import settings

APPS = ["auth", "contenttypes", "sessions", "messages"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
if not settings.configured:
    settings.configure(
        DATABASES={"default": {**dj_database_url.parse(os.environ["DATABASE_URL"]), "CONN_MAX_AGE": 60}},
        INSTALLED_APPS=[*(f"django.contrib.{app}" for app in APPS), "rest_framework", "rest_framework.authtoken"],
        MIDDLEWARE=MIDDLEWARE,
        ALLOWED_HOSTS=["127.0.0.1"],
        SECRET_KEY="bench",  # noqa: S106
        ROOT_URLCONF="plain_lists",
        USE_TZ=True,
        LOGGING_CONFIG=None,
        REST_FRAMEWORK={
            "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.TokenAuthentication"],
            "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
            "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        },
    )
    django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection, models  # noqa: E402
from django.urls import path  # noqa: E402
from rest_framework import pagination, serializers, viewsets  # noqa: E402
from rest_framework.authtoken.models import Token  # noqa: E402

DUE = datetime(2030, 3, 4, 12, tzinfo=UTC)


class WherePagesAreAskedFor(pagination.LimitOffsetPagination):
    default_limit = None


class Task(models.Model):  # noqa: DJ008
    id = models.AutoField(primary_key=True)
    project = models.IntegerField(db_index=True)
    title = models.CharField(max_length=255)
    description = models.TextField(null=True)
    status = models.CharField(max_length=20, default="pending")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    due_date = models.DateTimeField()

    class Meta:
        app_label = "plain"
        db_table = "plain_task"
        ordering = ["id"]


class TaskSerializer(serializers.ModelSerializer):  # type: ignore[type-arg]
    class Meta:
        model = Task
        fields = ["id", "project", "title", "description", "status", "created_at", "updated_at", "due_date"]


class Tasks(viewsets.ModelViewSet):  # type: ignore[type-arg]
    queryset = Task.objects.all()
    serializer_class = TaskSerializer
    pagination_class = WherePagesAreAskedFor


urlpatterns = [
    path("api/projects/tasks/", Tasks.as_view({"get": "list"})),
    path("api/projects/tasks/<int:pk>/", Tasks.as_view({"patch": "partial_update"})),
]
application = get_wsgi_application()


def seed(tasks: int) -> None:
    """So many tasks; the token goes to BENCH_TOKEN."""
    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        editor.create_model(Task)
    Task.objects.bulk_create(
        [Task(project=number % 10 + 1, title=f"Task {number}", due_date=DUE) for number in range(tasks)]
    )
    with open(os.environ["BENCH_TOKEN"], "w") as file:
        file.write(Token.objects.create(user=User.objects.create_user("bench")).key)


def serve() -> None:
    os.chdir(Path(__file__).parent)
    sizes = ["--workers", "2", "--threads", "4", "--bind", f"127.0.0.1:{os.environ['PORT']}"]
    quiet = ["--log-level", "warning", "--no-control-socket"]
    os.execv(sys.executable, [sys.executable, "-m", "gunicorn", *sizes, *quiet, "plain_lists:application"])  # noqa: S606


if __name__ == "__main__":
    seed(int(sys.argv[2])) if sys.argv[1] == "seed" else serve()
