"""From an empty folder to the demo city being served, in one process: migrate, make the city once, serve."""

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")


def main(words: list[str]) -> None:
    import django

    django.setup()
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.db import connections

    print("Preparing the database …", flush=True)
    call_command("migrate", interactive=False, verbosity=0)
    # A database with people in it may be an office's own: it is served as it is.
    if not get_user_model().objects.exists():
        call_command("make_demo")
        # Served by a fresh process: the making leaves much memory behind.
        connections.close_all()
        os.execv(sys.executable, [sys.executable, "-m", "tools.demo", *words])  # noqa: S606
    tell_accounts()
    call_command("serve", *words)


def tell_accounts() -> None:
    """Print who can sign in to the demo, in the order of the chain."""
    from django.conf import settings
    from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
    from django.utils import translation

    from organisation.models import Appointment

    named = (
        Appointment.objects.filter(user__is_demo=True, user__is_active=True)
        .exclude(user__password__startswith=UNUSABLE_PASSWORD_PREFIX)
        .select_related("user")
        .order_by("user_id")
    )
    with translation.override("en"):
        lines = [
            f"  {held.user.get_username():<14}{held.get_role_display():<28}{held.user}" for held in named
        ]
    if lines:
        print("Accounts, all with the password", settings.DEMO_PASSWORD)
        print("\n".join(lines), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
