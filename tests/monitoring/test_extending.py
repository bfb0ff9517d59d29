"""More time for a tier, and the end of a cycle: who may, what is said, what stays in the trail."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from foundation import clock
from foundation.errors import BadInput, RuleError
from foundation.models import AuditEvent
from monitoring.extending import extend_window
from monitoring.filling import Edit, save_cells
from monitoring.models import Cycle, CycleWindow, MonitoringTable
from monitoring.opening import Window, close_cycle
from monitoring.stages import CycleState, Stage
from tests.conftest import sign_in
from tests.factories import make_cycle, make_table

pytestmark = pytest.mark.django_db
REASON = "停电两日，部分单位未能填报。"


@pytest.fixture
def chief(city):
    return city.people["performance"]


@pytest.fixture
def over(city):
    """A cycle whose time for filling ended yesterday; each later tier has three days more than the one before."""
    today = clock.today()
    stages = (Stage.FILLING, Stage.DEPARTMENT, Stage.SECTION, Stage.PERFORMANCE, Stage.THIRD_PARTY)
    windows = [
        Window(stage, today - timedelta(days=9), today - timedelta(days=1) + timedelta(days=3 * place))
        for place, stage in enumerate(stages)
    ]
    make_table(city.road_unit, month=3)
    return make_cycle(city.division, windows=windows)


def days(cycle):
    return {
        window.stage: clock.last_day(window.closes_at) for window in CycleWindow.objects.filter(cycle=cycle)
    }


def in_days(number):
    return clock.today() + timedelta(days=number)


def fresh_table(cycle):
    tables = MonitoringTable.objects.select_related("project", "cycle__rule_book", "unit", "department")
    return tables.get(cycle=cycle)


def extend(cycle, chief, stage=Stage.FILLING, **given):
    wanted = {"closes_on": in_days(2), "reason": REASON, "with_later": True, **given}
    return extend_window(cycle, stage, by=chief, **wanted)


def test_a_unit_whose_time_is_over_fills_again_after_an_extension(city, over, chief):
    def save():
        return save_cells(fresh_table(over), [Edit("problems", "无")], by=city.clerk)

    with pytest.raises(RuleError) as refusal:
        save()
    assert refusal.value.code == "too_late"
    extend(over, chief)
    save()
    assert fresh_table(over).problems == "无"


def test_later_tiers_get_as_many_days_more_and_earlier_ones_none(over, chief):
    before = days(over)
    extend(over, chief, Stage.SECTION, closes_on=before[Stage.SECTION] + timedelta(days=4))
    after = days(over)
    moved = {stage: (after[stage] - before[stage]).days for stage in before}
    assert moved == {"filling": 0, "department": 0, "section": 4, "performance": 4, "third_party": 4}


def test_a_tier_alone_is_extended_while_the_later_ones_still_end_after_it(over, chief):
    before = days(over)
    extend(over, chief, closes_on=before[Stage.DEPARTMENT], with_later=False)
    assert days(over) == {**before, Stage.FILLING: before[Stage.DEPARTMENT]}
    with pytest.raises(BadInput) as refusal:
        extend(over, chief, closes_on=before[Stage.DEPARTMENT] + timedelta(days=1), with_later=False)
    assert [fault.where for fault in refusal.value.faults] == ["closes_on"]


def test_the_last_day_belongs_to_the_tier_until_midnight_in_shanghai(over, chief):
    (window, *_later) = extend(over, chief, closes_on=in_days(2))
    assert window.closes_at == clock.end_of_day(in_days(2))


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"closes_on": date(2000, 1, 1)}, "closes_on"),
        ({"closes_on": "the present last day"}, "closes_on"),
        ({"reason": "  "}, "reason"),
    ],
)
def test_an_extension_needs_a_later_day_and_a_reason(over, chief, given, where):
    if given.get("closes_on") == "the present last day":
        given = {"closes_on": days(over)[Stage.FILLING]}
    before = days(over)
    with pytest.raises(BadInput) as refusal:
        extend(over, chief, **given)
    assert [fault.where for fault in refusal.value.faults] == [where]
    assert days(over) == before
    assert not AuditEvent.objects.filter(action="cycles.window_extended").exists()


def test_a_day_that_is_over_is_no_extension(over, chief):
    CycleWindow.objects.filter(cycle=over).update(closes_at=clock.end_of_day(in_days(-5)))
    with pytest.raises(BadInput):
        extend(over, chief, closes_on=in_days(-2))


def test_an_extension_leaves_who_when_from_what_to_what_and_why(over, chief):
    before = days(over)
    extend(over, chief, Stage.PERFORMANCE, closes_on=before[Stage.PERFORMANCE] + timedelta(days=1))
    event = AuditEvent.objects.get(action="cycles.window_extended")
    assert (event.actor_id, event.reason, event.division_id) == (chief.pk, REASON, over.division_id)
    assert event.before["performance"] == before[Stage.PERFORMANCE].isoformat()
    assert event.after == {stage: days(over)[stage].isoformat() for stage in ("performance", "third_party")}


def test_nobody_but_the_performance_section_extends(city, over):
    for name in ("clerk", "department", "section", "leader", "sysadmin", "auditadmin"):
        with pytest.raises(PermissionDenied):
            extend(over, city.people[name])


def test_a_closed_cycle_is_not_extended(over, chief):
    close_cycle(over, by=chief)
    with pytest.raises(RuleError) as refusal:
        extend(over, chief)
    assert refusal.value.code == "cycle_closed"


# Pages


def page_of(act, cycle, *more):
    return reverse(act, args=[cycle.public_id, *more])


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_extends_a_window_and_says_until_when(client, over, chief, language):
    sign_in(client, chief)
    client.cookies["django_language"] = language
    address = page_of("cycle_extend", over, Stage.FILLING)
    assert address in client.get(page_of("cycle_page", over)).content.decode()
    assert client.get(address).status_code == 200
    answer = client.post(
        address, {"closes_on": in_days(2).isoformat(), "with_later": "on", "reason": REASON}, follow=True
    )
    assert in_days(2).isoformat() in answer.content.decode()
    assert days(over)[Stage.FILLING] == in_days(2)


@pytest.mark.parametrize(
    "given",
    [
        {"closes_on": ""},
        {"closes_on": "2001-01-01"},
        {"closes_on": "soon"},
        {"reason": ""},
        {"reason": "x" * 301},
    ],
)
def test_what_is_wrong_with_an_extension_stands_at_its_field_and_the_rest_is_kept(client, over, chief, given):
    sign_in(client, chief)
    typed = {"closes_on": in_days(2).isoformat(), "reason": REASON, **given}
    answer = client.post(page_of("cycle_extend", over, Stage.FILLING), typed)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == list(given)
    kept = next(name for name in typed if name not in given)
    assert answer.context["form"][kept].value() == typed[kept]
    assert days(over)[Stage.FILLING] == in_days(-1)


def test_only_the_performance_section_finds_the_way_to_extend_and_close(client, city, over):
    address = page_of("cycle_extend", over, Stage.FILLING)
    for name, status in (
        ("clerk", 403),
        ("department", 403),
        ("section", 403),
        ("leader", 403),
        ("sysadmin", 404),
    ):
        sign_in(client, city.people[name])
        for page in (address, page_of("cycle_close", over)):
            assert client.get(page).status_code == status, name
            assert client.post(page).status_code == status, name
        assert address not in client.get(page_of("cycle_page", over)).content.decode()
    sign_in(client, city.people["performance"])
    for stage in ("head", "completed", "nonsense"):
        assert client.get(page_of("cycle_extend", over, stage)).status_code == 404
    assert Cycle.objects.get(pk=over.pk).state == CycleState.OPEN


def test_closing_is_explained_first_and_then_done_once(client, over, chief):
    sign_in(client, chief)
    address = page_of("cycle_close", over)
    page = client.get(address)
    assert (page.context["standing"].with_units, page.context["standing"].under_review) == (1, 0)
    answer = client.post(address, follow=True)
    assert Cycle.objects.get(pk=over.pk).state == CycleState.CLOSED
    assert page_of("cycle_extend", over, Stage.FILLING) not in answer.content.decode()
    assert address not in answer.content.decode()
    assert client.get(address).status_code == client.post(address).status_code == 409
    assert AuditEvent.objects.get(action="cycles.closed").after == {"unfinished": 1}


def test_a_cycle_with_tables_under_review_offers_no_button_and_is_refused(client, over, chief):
    MonitoringTable.objects.filter(cycle=over).update(stage=Stage.SECTION, digest="0" * 64)
    sign_in(client, chief)
    address = page_of("cycle_close", over)
    assert "btn-danger" not in client.get(address).content.decode()
    assert client.post(address).status_code == 409
    assert Cycle.objects.get(pk=over.pk).state == CycleState.OPEN
