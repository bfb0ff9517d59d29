"""manage.py open_cycle YEAR MONTH: open a cycle with windows by the working days of the shipped rules."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from foundation import clock
from foundation.errors import BadInput, RuleError
from monitoring import books, opening
from organisation.models import Division


class Command(BaseCommand):
    help = "Open January to MONTH of YEAR for the division; prints the identifier of the cycle."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("year", type=int)
        parser.add_argument("month", type=int)
        parser.add_argument("--division", help="code of the division, when there is more than one")
        parser.add_argument("--from", dest="starts_on", type=date.fromisoformat, help="first day of filling")

    def handle(self, *args: Any, **options: Any) -> None:
        bureaus = Division.objects.filter(is_bureau=True)
        if options["division"]:
            bureaus = bureaus.filter(code=options["division"])
        if bureaus.count() != 1:
            raise CommandError("name the division with --division")
        book = books.shipped_book()
        starts_on = options["starts_on"] or clock.today()
        try:
            cycle = opening.open_cycle(
                bureaus.get(),
                year=options["year"],
                month=options["month"],
                rule_book=book,
                windows=opening.default_windows(books.rules_of(book), starts_on),
                by=None,
            )
        except (RuleError, BadInput) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(cycle.public_id)
