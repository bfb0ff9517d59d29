"""What the two import commands share."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from foundation.errors import BadInput
from projects import batches

_SHOWN_FAULTS = 200


class ImportCommand(BaseCommand):
    """Takes one file and prints what it brought, or everything that is wrong with it."""

    kind: str

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="check and count, write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"{path}: no such file")
        try:
            batch = self._dry_run(path) if options["dry_run"] else self._take(path)
        except BadInput as error:
            for fault in error.faults[:_SHOWN_FAULTS]:
                self.stderr.write(f"{fault.where}: {fault.message}")
            raise CommandError(f"{path.name}: {len(error.faults)} errors, nothing was imported") from error
        for key, counts in batch.counts.items():
            numbers = ", ".join(f"{name} {number}" for name, number in counts.items())
            self.stdout.write(f"{key}: {numbers}")
        self.stdout.write(f"sha256 {batch.sha256}")

    def _take(self, path: Path) -> Any:
        return batches.take_file(path, self.kind, progress=self._progress)

    def _dry_run(self, path: Path) -> Any:
        with path.open("rb") as file:
            batch = batches.receive(file, path.name, self.kind, by=None, division=batches.only_division())
        batch = batches.check(batch)
        if batch.faults:
            from foundation.errors import Fault

            raise BadInput([Fault(fault["where"], fault["message"]) for fault in batch.faults])
        return batch

    def _progress(self, done: int, total: int, note: str = "") -> None:
        if sys.stderr.isatty():
            bar = "█" * (20 * done // max(total, 1))
            self.stderr.write(f"\r{bar:<20} {note:<20}", ending="")
