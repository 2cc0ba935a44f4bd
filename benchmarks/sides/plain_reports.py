"""The usual service: Django REST framework, `PATCH`, one `UPDATE`; gunicorn with two processes of four threads.

As lean as it can be: no middleware but one, no session, nobody is asked who he is. STYLE=tutorial has the middleware
that `startproject` writes, the ModelViewSet of the tutorial and its token authentication. With RESULT_BACKEND the lean
view hands the news to Celery's `update_state` instead.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import dj_database_url
import django
from django.conf import settings

TUTORIAL = os.environ.get("STYLE") == "tutorial"
BACKEND = os.environ.get("RESULT_BACKEND", "")
STATES = ["queued", "running", "succeeded", "failed"]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
APPS = ["auth", "contenttypes", "sessions", "messages"]
LEAN = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "UNAUTHENTICATED_USER": None,
}
USUAL = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
}
if not settings.configured:
    settings.configure(
        DATABASES={"default": {**dj_database_url.parse(os.environ["DATABASE_URL"]), "CONN_MAX_AGE": 60}},
        INSTALLED_APPS=[*(f"django.contrib.{app}" for app in APPS), "rest_framework", "rest_framework.authtoken"],
        MIDDLEWARE=MIDDLEWARE if TUTORIAL else ["django.middleware.common.CommonMiddleware"],
        ALLOWED_HOSTS=["127.0.0.1"],
        SECRET_KEY="bench",  # noqa: S106
        ROOT_URLCONF="plain_reports",
        USE_TZ=True,
        LOGGING_CONFIG=None,
        REST_FRAMEWORK=USUAL if TUTORIAL else LEAN,
    )
    django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection, models  # noqa: E402
from django.urls import path  # noqa: E402
from rest_framework import serializers, viewsets  # noqa: E402
from rest_framework.authtoken.models import Token  # noqa: E402
from rest_framework.request import Request  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.views import APIView  # noqa: E402


class Operation(models.Model):  # noqa: DJ008
    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=200)
    state = models.CharField(max_length=12)
    progress_done = models.FloatField(null=True)
    progress_total = models.FloatField(null=True)
    message = models.CharField(max_length=1000)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        app_label = "plain"
        db_table = "plain_operation"


class News(serializers.Serializer):  # type: ignore[type-arg]
    state = serializers.ChoiceField(choices=STATES)
    progress_done = serializers.FloatField(min_value=0)
    progress_total = serializers.FloatField(min_value=0)
    message = serializers.CharField(max_length=1000)


class OperationView(APIView):
    def patch(self, request: Request, id: Any) -> Response:
        news = News(data=request.data)
        news.is_valid(raise_exception=True)
        if not keep(str(id), news.validated_data):
            return Response(status=404)
        return Response({"id": str(id), **news.validated_data})


class OperationSerializer(serializers.ModelSerializer):  # type: ignore[type-arg]
    class Meta:
        model = Operation
        fields = ["id", "kind", "state", "progress_done", "progress_total", "message", "updated_at"]


class Operations(viewsets.ModelViewSet):  # type: ignore[type-arg]
    queryset = Operation.objects.all()
    serializer_class = OperationSerializer


def update(id: str, news: dict[str, Any]) -> int:
    return Operation.objects.filter(pk=id).update(**news)


def update_state(id: str, news: dict[str, Any]) -> int:
    task.update_state(task_id=id, state="PROGRESS", meta=news)
    return 1


keep = update
if BACKEND:
    from celery import Celery

    app = Celery("plain", broker=os.environ["REDIS_URL"], backend=BACKEND)

    @app.task(name="task")
    def task() -> None:
        """It runs elsewhere; here its state is told."""

    keep = update_state

view = Operations.as_view({"patch": "partial_update"}) if TUTORIAL else OperationView.as_view()
urlpatterns = [path(f"operations/<uuid:{'pk' if TUTORIAL else 'id'}>/", view)]
application = get_wsgi_application()


def seed(count: int) -> None:
    """So many operations that run, and their ids as `wanted` has them; the token goes to BENCH_TOKEN."""
    call_command("migrate", verbosity=0)
    with open(os.environ["BENCH_TOKEN"], "w") as file:
        file.write(Token.objects.create(user=User.objects.create_user("bench")).key)
    with connection.schema_editor() as editor:
        editor.create_model(Operation)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO plain_operation (id, kind, state, message, updated_at) "
            "SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'bench', 'running', '', now() "
            "FROM generate_series(0, %s - 1) n",
            [count],
        )


def serve() -> None:
    os.chdir(Path(__file__).parent)
    sizes = ["--workers", "2", "--threads", "4", "--bind", f"127.0.0.1:{os.environ['PORT']}"]
    quiet = ["--log-level", "warning", "--no-control-socket"]
    os.execv(sys.executable, [sys.executable, "-m", "gunicorn", *sizes, *quiet, "plain_reports:application"])  # noqa: S606


if __name__ == "__main__":
    seed(int(sys.argv[2])) if sys.argv[1] == "seed" else serve()
