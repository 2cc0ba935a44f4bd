"""Projects: whom to tell where nobody is named, and where lessons are prepared."""

from __future__ import annotations

from . import env

#: Who gets the daily summary of all projects, and the reminders of tasks that are nobody's in projects without owners.
PROJECTS_NOTIFY = env.addresses("PROJECTS_NOTIFY")
#: The number of the project that gets a task for each lesson that is to be prepared; 0 for none.
PROJECTS_LESSONS_PROJECT = env.integer("PROJECTS_LESSONS_PROJECT", 0)
