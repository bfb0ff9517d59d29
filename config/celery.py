"""Celery only wakes workers; what is owed stands in the database (foundation.jobs)."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")

app = Celery("beacon")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "sweep-every-ten-seconds": {"task": "foundation.tasks.sweep", "schedule": 10.0},
}
