"""manage.py import_budget FILE: take a file whole or not at all."""

from projects.choices import ImportKind
from projects.management.importing import ImportCommand


class Command(ImportCommand):
    help = "Import a file of budget. Exit code 0 only when all was taken; every error is listed."
    kind = ImportKind.BUDGET
