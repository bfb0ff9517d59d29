"""`manage.py work`: carry out jobs in the foreground."""

import signal
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand

from foundation import jobs
from foundation.embedded import Worker


class Command(BaseCommand):
    help = "Carry out jobs and deliver news until told to stop (Ctrl+C, SIGTERM)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        mode = parser.add_mutually_exclusive_group()
        mode.add_argument("--once", action="store_true", help="carry out one job at most")
        mode.add_argument("--until-idle", action="store_true", help="stop when nothing is left to do")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["until_idle"]:
            self.stdout.write(f"{jobs.run_until_idle()} jobs carried out.")
        elif options["once"]:
            run = jobs.claim()
            if run is None:
                self.stdout.write("No job is waiting.")
                return
            jobs.execute(run)
            run.job.refresh_from_db()
            self.stdout.write(f"{jobs.title_of(run.job)}: {run.job.get_state_display()}")
        else:
            _work_until_told()


def _work_until_told() -> None:
    worker = Worker()

    def leave(number: int, frame: FrameType | None) -> None:
        worker.stop()

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    worker.run()
