"""The city that is measured: the demo's files, imported and walked as far as the benchmarks need it."""

from __future__ import annotations

from pathlib import Path
from random import Random

from django.conf import settings
from django.core.management import call_command
from django.db import transaction

from bench.measure import analyse, is_quick
from demo.answers import Answers
from demo.cast import make_cast
from demo.generator import DEFAULT_SEED, generate
from demo.walk import Walk
from monitoring import books, rollups
from monitoring.models import Cycle, MonitoringTable
from monitoring.stages import Stage
from organisation.models import Division
from projects import batches
from projects.choices import ImportKind


def folder() -> Path:
    return Path(settings.DATA_DIR) / "city"


def files() -> None:
    """An empty database and the city's files."""
    call_command("migrate", verbosity=0)
    size = {"departments": 4, "projects": 40} if is_quick() else {}
    generate(folder(), **size)


def city() -> None:
    """January–June with every table before the performance section, January–September with its units."""
    if not Division.objects.exists():
        batches.take_file(folder() / "city.xlsx", ImportKind.BUDGET)
        batches.take_file(folder() / "payments.csv", ImportKind.PAYMENTS)
    with transaction.atomic():
        cast = make_cast(Division.objects.get(is_bureau=True), "of-the-benchmark", seed=DEFAULT_SEED)
        answers = Answers.read(folder() / "actuals.csv", folder() / "fills.csv")
        walk = Walk(cast, answers, books.shipped_book(), Random(DEFAULT_SEED), lambda text: None)
        walk.fill(walk.open(6), share=1.0)
        walk.open(9)
        submitted = MonitoringTable.objects.filter(stage=Stage.DEPARTMENT)
        submitted.update(stage=Stage.PERFORMANCE)
        # Moved past the services, so the sums above the tables are counted anew.
        for cycle in Cycle.objects.all():
            rollups.rebuild(cycle)
    analyse()


def june() -> Cycle:
    return Cycle.objects.get(month=6)


def september() -> Cycle:
    return Cycle.objects.get(month=9)
