"""The usual exports of ten columns of the ledger's heads to XLSX: openpyxl, django-import-export, pandas, each as its
documentation advises for many rows; and the same made by openpyxl inside a request, behind gunicorn.

`<how> <file>` writes one file and prints seconds and MB; `serve` answers GET with it.
"""

from __future__ import annotations

import io
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dj_database_url
import django
from django.conf import settings

COLUMNS = ("id", "kind", "state", "stage", "worker", "claims", "message", "created_at", "started_at", "finished_at")
if not settings.configured:
    settings.configure(
        DATABASES={"default": dj_database_url.parse(os.environ["DATABASE_URL"])},
        INSTALLED_APPS=["import_export"] if "import_export" in sys.argv else [],
        ALLOWED_HOSTS=["127.0.0.1"],
        SECRET_KEY="bench",  # noqa: S106
        ROOT_URLCONF="plain_exports",
        USE_TZ=True,
        LOGGING_CONFIG=None,
    )
    django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import models  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.urls import path  # noqa: E402


class Operation(models.Model):  # noqa: DJ008
    id = models.UUIDField(primary_key=True)
    kind = models.TextField()
    state = models.TextField()
    stage = models.TextField()
    worker = models.TextField()
    claims = models.IntegerField()
    message = models.TextField()
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "plain"
        db_table = "ledger_operation"
        managed = False


def most_kept() -> float:
    """MB that this process has kept at most; the system's `maxrss` is also that of the process it was started by."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def cells(row: tuple[Any, ...]) -> list[Any]:
    """What a workbook takes: no identifiers, and moments without a zone."""
    id, *texts, created, started, finished = row
    moments = [None if moment is None else moment.replace(tzinfo=None) for moment in (created, started, finished)]
    return [str(id), *texts, *moments]


def by_openpyxl(file: Any) -> None:
    """Write-only mode, rows by a server-side cursor."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Operations")
    sheet.append(COLUMNS)
    for row in Operation.objects.order_by("id").values_list(*COLUMNS).iterator(chunk_size=2000):
        sheet.append(cells(row))
    book.save(file)


def by_import_export(file: Any) -> None:
    from import_export import resources

    class Operations(resources.ModelResource):  # type: ignore[misc]
        class Meta:
            model = Operation
            fields = COLUMNS
            chunk_size = 2000

    file.write(Operations().export(Operation.objects.order_by("id")).xlsx)


def by_pandas(file: Any) -> None:
    """Its fastest writer, XlsxWriter, in constant memory."""
    import pandas
    import sqlalchemy

    socket, _, database = os.environ["DATABASE_URL"].removeprefix("postgres://angarium@").partition("/")
    engine = sqlalchemy.create_engine(f"postgresql+psycopg://angarium@/{database}?host={socket.replace('%2F', '/')}")
    frame = pandas.read_sql(f"SELECT {', '.join(COLUMNS)} FROM ledger_operation ORDER BY id", engine)  # noqa: S608
    frame["id"] = frame["id"].astype(str)
    for name in COLUMNS[-3:]:
        frame[name] = pandas.to_datetime(frame[name], utc=True).dt.tz_localize(None)
    with pandas.ExcelWriter(file, engine="xlsxwriter", engine_kwargs={"options": {"constant_memory": True}}) as writer:
        frame.to_excel(writer, index=False, sheet_name="Operations")


def in_request(request: HttpRequest) -> HttpResponse:
    """As it is usually written: a workbook in memory, saved into the answer."""
    from openpyxl import Workbook

    book, answer = Workbook(), io.BytesIO()
    sheet = book.active
    sheet.append(COLUMNS)
    for row in Operation.objects.order_by("id").values_list(*COLUMNS):
        sheet.append(cells(row))
    book.save(answer)
    return HttpResponse(answer.getvalue(), content_type="application/vnd.ms-excel")


urlpatterns = [path("report/", in_request)]
application = get_wsgi_application()
HOW: dict[str, Callable[[Any], None]] = {
    "openpyxl": by_openpyxl,
    "import_export": by_import_export,
    "pandas": by_pandas,
}


def serve() -> None:
    os.chdir(Path(__file__).parent)
    sizes = ["--workers", "1", "--timeout", "3600", "--bind", f"127.0.0.1:{os.environ['PORT']}"]
    quiet = ["--log-level", "warning", "--no-control-socket"]
    os.execv(sys.executable, [sys.executable, "-m", "gunicorn", *sizes, *quiet, "plain_exports:application"])  # noqa: S606


def measured(how: str, target: str) -> None:
    began = time.monotonic()
    with open(target, "wb") as file:
        HOW[how](file)
    most = most_kept()
    json.dump({"seconds": time.monotonic() - began, "memory": most}, sys.stdout)


if __name__ == "__main__":
    serve() if sys.argv[1] == "serve" else measured(*sys.argv[1:3])
