"""manage.py recompute CYCLE: bring a cycle's figures up to date."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from monitoring.management.cycles import cycle_named
from monitoring.recompute import recompute


class Command(BaseCommand):
    help = "Compute all figures of a cycle (its identifier, or 2022-06). Writes only what differs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("cycle")

    def handle(self, *args: Any, **options: Any) -> None:
        for name, rows in recompute(cycle_named(options["cycle"])).items():
            self.stdout.write(f"{name}: {rows}")
