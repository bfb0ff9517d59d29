"""manage.py generate_city DIR: write the demo city's files."""

from pathlib import Path
from time import perf_counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from demo.generator import DEFAULT_SEED, DEPARTMENTS, PROJECTS, YEAR, generate


class Command(BaseCommand):
    help = "Write the demo city's workbook and CSV files into a directory; the same seed, the same files."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("directory", type=Path, help=_("where to write; made when missing"))
        parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
        parser.add_argument(
            "--departments", type=int, default=DEPARTMENTS, help=_("1 to 68, the largest ones")
        )
        parser.add_argument("--projects", type=int, default=PROJECTS, help=_("beside two secret ones"))
        parser.add_argument("--year", type=int, default=YEAR)

    def handle(self, *args: Any, **options: Any) -> None:
        started = perf_counter()
        try:
            files = generate(
                options["directory"],
                seed=options["seed"],
                departments=options["departments"],
                projects=options["projects"],
                year=options["year"],
                progress=self._say,
            )
        except ValueError as error:
            raise CommandError(
                _("No city can be made of these numbers: %(why)s.") % {"why": error}
            ) from error
        for name, count in files.counts.items():
            self.stdout.write(f"{name:>12} {count:>7}")
        seconds = perf_counter() - started
        self.stdout.write(
            _("Written to %(directory)s in %(seconds).1f s.")
            % {"directory": options["directory"], "seconds": seconds}
        )

    def _say(self, step: str) -> None:
        self.stdout.write(f"… {step}")
        self.stdout.flush()
