"""The door of the caches: lists that are kept until something in them changes.

# modules/projects/caching.py: which lists a fact concerns
@concerns(TaskEvent)
def of_tasks(facts: Sequence[TaskEvent]) -> Iterable[str]:
    return {f"projects.tasks:{fact.project_id}" for fact in facts}

# api/views.py: a view names the scope of its list, and knows of nothing else
class Tasks(CachedList):
    def depends_on(self) -> Scope:
        return Scope("tasks", "projects.tasks:7")

found = look(scope, question)            # what CachedList does with it
if found.kept is None: found.keep(made)
"""

from .concerns import concerns
from .looking import Look, alone, forget_all, hit_ratio, look, look_again
from .scopes import Scope
from .store import LONGEST

__all__ = [
    "LONGEST",
    "Look",
    "Scope",
    "alone",
    "concerns",
    "forget_all",
    "hit_ratio",
    "look",
    "look_again",
]
