"""The peers: released packages of pinned versions, each in a virtual environment of its own under `.bench/`."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

CACHE = Path(__file__).resolve().parents[1] / ".bench"


@dataclass(frozen=True)
class Peer:
    """A name and what is installed for it, besides what these need."""

    name: str
    packages: tuple[str, ...]

    @property
    def python(self) -> str:
        """Its interpreter; made at the first call. CalledProcessError when the packages cannot be had."""
        stamp = hashlib.sha256("\n".join(self.packages).encode()).hexdigest()[:12]
        home = CACHE / f"{self.name}-{stamp}"
        ready = home / "ready"
        if not ready.exists():
            shutil.rmtree(home, ignore_errors=True)
            _make(home, self.packages)
            ready.touch()
        return str(home / "bin" / "python")


def _make(home: Path, packages: tuple[str, ...]) -> None:
    sys.stderr.write(f"installing {', '.join(packages)} …\n")
    python = home / "bin" / "python"
    if uv := shutil.which("uv"):
        subprocess.run([uv, "venv", "-q", "--python", sys.executable, home], check=True)  # noqa: S603
        subprocess.run([uv, "pip", "install", "-q", "--python", python, *packages], check=True)  # noqa: S603
    else:
        subprocess.run([sys.executable, "-m", "venv", home], check=True)  # noqa: S603
        subprocess.run([python, "-m", "pip", "install", "-q", *packages], check=True)  # noqa: S603


_DJANGO = ("django==5.2.19", "dj-database-url==3.1.0", "psycopg[binary,pool]==3.3.9")
CELERY = Peer("celery", ("celery==5.7.0", "redis==8.1.0", "hiredis==3.5.0", "packaging==26.3", *_DJANGO))
CELERY_REQUESTS = Peer("celery-requests", (*CELERY.packages, "requests==2.34.2"))
DRAMATIQ = Peer("dramatiq", ("dramatiq[redis]==2.2.1", "hiredis==3.5.0"))
PROCRASTINATE = Peer("procrastinate", ("procrastinate==3.10.0", "psycopg[binary,pool]==3.3.9"))
DJANGO_TASKS = Peer("django-tasks-db", ("django-tasks-db[compat]==0.13.0", *_DJANGO))
_DRF = ("djangorestframework==3.18.3", "gunicorn==27.0.1", *_DJANGO)
DRF = Peer("drf", _DRF)
CELERY_STATES = Peer(
    "celery-states", ("celery==5.7.0", "redis==8.1.0", "hiredis==3.5.0", "packaging==26.3", "sqlalchemy==2.1.9", *_DRF)
)
PREFECT = Peer("prefect", ("prefect==3.9.1",))
CHANNELS = Peer(
    "channels",
    (
        *("channels==4.3.2", "channels-redis==4.3.0", "redis==5.3.1", "hiredis==3.5.0", "uvicorn==0.54.0"),
        *("websockets==17.4", "uvloop==0.23.0", "httptools==0.9.0", *_DJANGO),
    ),
)
OPENPYXL = Peer("openpyxl", ("openpyxl==3.1.5", "gunicorn==27.0.1", *_DJANGO))
IMPORT_EXPORT = Peer("import-export", ("django-import-export[xlsx]==4.4.3", *_DJANGO))
PANDAS = Peer("pandas", ("pandas==3.1.1", "xlsxwriter==3.3.1", "sqlalchemy==2.1.9", *_DJANGO))
