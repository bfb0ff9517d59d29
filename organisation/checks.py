"""Checks of an installation that need its database: `manage.py check --database default`, and before every migrate."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError

from organisation.models import User


@register(Tags.database)
def no_demo_accounts(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """A production installation holds no account of the demo: their password is printed in the README."""
    if settings.DEMO_ACCOUNTS_ALLOWED or not databases:
        return []
    try:
        names = list(User.objects.filter(is_demo=True, is_active=True).values_list("username", flat=True)[:5])
    except DatabaseError:
        return []  # not migrated yet
    if not names:
        return []
    return [
        Error(
            f"Demo accounts are active in this database: {', '.join(names)}.",
            hint="A production installation begins with an empty database; see docs/operator.md.",
            id="organisation.E001",
        )
    ]
