"""Projects: whom to tell where nobody is named, and where lessons are prepared."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email

from . import env


def _addresses(texts: list[str]) -> list[str]:
    for text in texts:
        try:
            validate_email(text)
        except ValidationError:
            raise ImproperlyConfigured(
                f"PROJECTS_NOTIFY has {text!r}, which is no address. Write some such as anna@example.org,b@example.org."
            ) from None
    return list(dict.fromkeys(texts))


#: Who gets the daily summary of all projects, and the reminders of tasks that are nobody's in projects without owners.
PROJECTS_NOTIFY = _addresses(env.words("PROJECTS_NOTIFY"))
#: The number of the project that gets a task for each lesson that is to be prepared; 0 for none.
PROJECTS_LESSONS_PROJECT = env.integer("PROJECTS_LESSONS_PROJECT", 0)
