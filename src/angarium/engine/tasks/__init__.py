"""Tasks on Celery: triggers, the runtime around a run, the dispatcher, the schedule."""
