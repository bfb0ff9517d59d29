"""`manage.py run_job ID`: carry out one job, here and now."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from foundation import jobs
from foundation.models import Job, JobState


class Command(BaseCommand):
    help = "Carry out one waiting job. Exit code 0 only when it is done."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", help="the job's public identifier or number")

    def handle(self, *args: Any, **options: Any) -> None:
        job = _named(options["id"])
        if job is None:
            raise CommandError("There is no such job.")
        if not jobs.run_job(job.pk):
            raise CommandError(
                "The job is not waiting: it runs elsewhere, pauses after a failure, or has ended."
            )
        job.refresh_from_db()
        if job.state != JobState.DONE:
            raise CommandError(f"{jobs.title_of(job)}: {job.error or job.get_state_display()}")
        self.stdout.write(f"{jobs.title_of(job)}: {job.get_state_display()}")


def _named(identifier: str) -> Job | None:
    """Public identifiers are tried first: they may consist of digits alone."""
    job = Job.objects.filter(public_id=identifier).first()
    if job is None and identifier.isdecimal():
        job = Job.objects.filter(pk=int(identifier)).first()
    return job
