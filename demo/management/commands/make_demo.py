"""manage.py make_demo: the demo city, imported and walked through."""

import tempfile
from argparse import ArgumentParser
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import translation

from demo.answers import Answers
from demo.cast import make_cast
from demo.generator import DEFAULT_SEED, DEPARTMENTS, PROJECTS, generate
from demo.walk import Walk
from foundation import jobs
from monitoring import books
from organisation.models import Division, User
from projects import batches
from projects.choices import ImportKind


class Command(BaseCommand):
    help = "Make the demo city in an empty database: files, import, both cycles, every state of the loop."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
        parser.add_argument("--departments", type=int, default=DEPARTMENTS)
        parser.add_argument("--projects", type=int, default=PROJECTS)
        parser.add_argument("--files", type=Path, help="keep the generated files in this directory")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO_ACCOUNTS_ALLOWED:
            raise CommandError("demo accounts are not for a production installation")
        if User.objects.exists():
            self.stdout.write(
                "There are people in this database already; the demo city is made in an empty one."
            )
            return
        started = perf_counter()
        with translation.override("zh-hans"), tempfile.TemporaryDirectory() as scratch:
            self._make(options["files"] or Path(scratch), options)
        self.stdout.write(f"Demo city ready in {perf_counter() - started:.0f} s.")

    @transaction.atomic
    def _make(self, directory: Path, options: dict[str, Any]) -> None:
        self._say("Writing the files of the demo city")
        files = generate(
            directory, seed=options["seed"], departments=options["departments"], projects=options["projects"]
        )
        self._say("Importing the budget workbook")
        batches.take_file(files.workbook, ImportKind.BUDGET)
        self._say("Importing the payments")
        batches.take_file(files.payments, ImportKind.PAYMENTS)
        division = Division.objects.get(is_bureau=True)
        cast = make_cast(division, settings.DEMO_PASSWORD, seed=options["seed"])
        answers = Answers.read(files.actuals, files.fills)
        Walk(cast, answers, books.shipped_book(), Random(options["seed"]), self._say).both_cycles()
        jobs.run_until_idle()

    def _say(self, what: str) -> None:
        self.stdout.write(f"… {what}")
        self.stdout.flush()
