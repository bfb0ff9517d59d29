"""What the README prints is no way into a production installation."""

from django.core.checks import run_checks

from organisation.scope import forget_scope, scope_of


def test_a_production_start_names_the_demo_accounts(city, settings):
    settings.DEMO_ACCOUNTS_ALLOWED = False
    city.clerk.is_demo = True
    city.clerk.save()
    found = run_checks(tags=["database"], databases=["default"])
    assert [each.id for each in found if each.id.startswith("organisation")] == ["organisation.E001"]


def test_a_demo_account_reaches_nothing_in_production(city, settings):
    city.clerk.is_demo = True
    assert scope_of(city.clerk).units
    settings.DEMO_ACCOUNTS_ALLOWED = False
    forget_scope(city.clerk)
    assert not scope_of(city.clerk).active
