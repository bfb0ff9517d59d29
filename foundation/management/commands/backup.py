"""`manage.py backup DIR`: the database and the files people sent in, with a manifest."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from foundation import backups, dumps
from foundation.management.progress import bar


class Command(BaseCommand):
    help = (
        "Write a backup into the folder DIR, which must not be there yet or be empty: the database as of one moment, "
        "the files people sent in, and a manifest with their digests. People may go on working."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", metavar="DIR", type=Path)

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        try:
            made = backups.make(folder.absolute(), bar())
        except (backups.BackupError, dumps.DumpError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            _("%(rows)s rows, %(files)s files, audit trail up to event %(number)s: %(folder)s")
            % {
                "rows": sum(made.rows.values()),
                "files": len(made.files),
                "number": made.audit_sequence,
                "folder": folder,
            }
        )
