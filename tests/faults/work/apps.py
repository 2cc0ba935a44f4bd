"""The Django app; it has no migrations, so `migrate --run-syncdb` makes its table."""

from django.apps import AppConfig


class Work(AppConfig):
    name = "tests.faults.work"
    label = "work"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from .post import record_all

        record_all()
