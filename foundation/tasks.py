"""Celery's doors: they carry a number at most and may be knocked at twice."""

from celery import shared_task

from foundation import jobs
from foundation.jobs import SECONDS_UNTIL_WOKEN_AGAIN


@shared_task
def run_job(pk: int) -> None:
    jobs.run_job(pk)


@shared_task(expires=SECONDS_UNTIL_WOKEN_AGAIN)
def sweep() -> None:
    jobs.sweep()
