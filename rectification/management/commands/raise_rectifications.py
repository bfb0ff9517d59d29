"""manage.py raise_rectifications CYCLE: raise what the rules find, once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from monitoring.management.cycles import cycle_named
from rectification.raising import raise_tasks


class Command(BaseCommand):
    help = "Raise rectification tasks of a cycle (its identifier, or 2022-06) by the rules of its book."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("cycle")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"raised: {raise_tasks(cycle_named(options['cycle']))}")
