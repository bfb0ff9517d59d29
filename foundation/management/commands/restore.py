"""`manage.py restore DIR`: what a backup holds, brought back and proved."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from foundation import backups, dumps
from foundation.management.progress import bar


class Command(BaseCommand):
    help = (
        "Bring back the backup in DIR. Checks every file of it before anything is touched, and afterwards the number "
        "of rows and the whole audit trail; ends with 0 only when all is as it was. Stop web, workers and beat first."
    )
    # The target may have no tables yet.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", metavar="DIR", type=Path)
        parser.add_argument(
            "--replace", action="store_true", help="give up the database and the files that are here"
        )

    def handle(self, *args: Any, folder: Path, replace: bool, **options: Any) -> None:
        try:
            restored = backups.restore(folder.absolute(), replace=replace, progress=bar())
        except (backups.BackupError, dumps.DumpError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            _("As of %(moment)s: %(rows)s rows, %(files)s files, audit trail whole up to event %(number)s.")
            % {
                "moment": restored.made_at,
                "rows": sum(restored.rows.values()),
                "files": len(restored.files),
                "number": restored.audit_sequence,
            }
        )
        if backups.pending_migrations(restored):
            self.stdout.write(_("The backup is of an earlier version: run manage.py migrate now."))
