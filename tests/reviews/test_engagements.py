"""Third parties: they see what is assigned, while the engagement runs, and nothing else."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404

from foundation import clock
from foundation.errors import BadInput, RuleError
from monitoring.models import Cycle, MonitoringTable
from monitoring.stages import Stage
from organisation.models import Notification, User
from organisation.scope import forget_scope
from projects.models import BudgetProject
from reviews import engagements
from reviews.acts import NotAllowed
from reviews.chain import Action
from reviews.models import Assignment, Engagement, Review
from tests.reviews import steps
from tests.reviews.steps import decide, fresh

TODAY = clock.today


@pytest.fixture
def submitted(city):
    return steps.submit(steps.ready(city.road_unit, city.clerk), city.clerk)


@pytest.fixture
def engagement(city, submitted):
    return engage(city, submitted)


def engage(city, table, *names, days=(0, 20)):
    today = TODAY()
    engagement = engagements.create(
        table.cycle,
        city.institution,
        starts_on=today + timedelta(days=days[0]),
        ends_on=today + timedelta(days=days[1]),
        contract_no="2022-07",
        by=city.people["performance"],
    )
    for name in names or ["auditor"]:
        engagements.add_auditor(engagement, city.people[name], by=city.people["performance"])
    return engagement


def assign(city, engagement, *tables):
    engagements.assign_codes(
        engagement, [table.project.code for table in tables], by=city.people["performance"]
    )


def sees(user):
    user = User.objects.get(pk=user.pk)
    return set(MonitoringTable.objects.visible_to(user).values_list("pk", flat=True))


def test_an_assigned_table_goes_on_to_the_third_party_whose_approval_completes_it(
    city, submitted, engagement
):
    assign(city, engagement, submitted)
    table = steps.walk_to(submitted, Stage.THIRD_PARTY, city)
    assert Notification.objects.filter(recipient=city.auditor, kind="reviews.arrived").exists()
    decision = decide(table, city.auditor, text="Verified on site.", score=Decimal("87.5"))
    assert (decision.to_stage, decision.score) == (Stage.COMPLETED, Decimal("87.5"))


def test_a_table_not_assigned_completes_without_a_third_party(city, submitted, engagement):
    assert steps.walk_to(submitted, Stage.COMPLETED, city).completed_at


def test_an_approval_wants_an_opinion_and_a_score(city, submitted, engagement):
    assign(city, engagement, submitted)
    table = steps.walk_to(submitted, Stage.THIRD_PARTY, city)
    with pytest.raises(BadInput) as bad:
        decide(table, city.auditor)
    assert {fault.where for fault in bad.value.faults} == {"text", "score"}


def test_an_objection_goes_to_the_performance_section_which_decides_for_good(city, submitted, engagement):
    assign(city, engagement, submitted)
    table = steps.walk_to(submitted, Stage.THIRD_PARTY, city)
    with pytest.raises(RuleError) as refused:
        decide(table, city.auditor, Action.RETURN, code="R01", text="No.")
    assert refused.value.code == "not_at_this_tier"
    decide(table, city.auditor, Action.OBJECT, text="The kilometres are not there.")
    table = fresh(table)
    assert table.stage == Stage.PERFORMANCE
    assert Review.objects.get().closed_at is None
    assert decide(table, city.people["performance"]).to_stage == Stage.COMPLETED


def test_after_a_return_the_third_party_looks_again(city, submitted, engagement):
    assign(city, engagement, submitted)
    table = steps.walk_to(submitted, Stage.THIRD_PARTY, city)
    decide(table, city.auditor, Action.OBJECT, text="The kilometres are not there.")
    decide(table, city.people["performance"], Action.RETURN)
    steps.submit(table, city.clerk)
    assert fresh(table).stage == Stage.PERFORMANCE
    assert decide(table, city.people["performance"]).to_stage == Stage.THIRD_PARTY


def test_auditors_see_what_is_assigned_and_only_that(city, submitted, engagement):
    other = steps.many_under_review(city.school_unit, 1, by=city.clerk3)
    assert sees(city.auditor) == set()
    assign(city, engagement, submitted)
    assert sees(city.auditor) == {submitted.pk}
    assert sees(city.auditor2) == set()
    assert other[0] not in sees(city.auditor)


@pytest.mark.parametrize(
    ("days", "visible"), [((-5, 0), True), ((-5, -1), False), ((0, 5), True), ((1, 5), False)]
)
def test_auditors_see_it_from_the_first_to_the_last_day(city, submitted, days, visible):
    engagement = engage(city, submitted, days=days)
    assign(city, engagement, submitted)
    assert (submitted.pk in sees(city.auditor)) is visible


def test_an_auditor_taken_off_or_deactivated_sees_nothing_at_once(city, submitted):
    engagement = engage(city, submitted, "auditor", "auditor2")
    assign(city, engagement, submitted)
    assert submitted.pk in sees(city.auditor) & sees(city.auditor2)
    engagements.remove_auditor(engagement, city.auditor, by=city.people["performance"])
    User.objects.filter(pk=city.auditor2.pk).update(is_active=False)
    assert sees(city.auditor) == sees(city.auditor2) == set()


def test_an_auditor_decides_only_when_it_is_the_third_party_s_turn(city, submitted, engagement):
    assign(city, engagement, submitted)
    with pytest.raises(RuleError) as refused:
        decide(submitted, city.auditor)
    assert refused.value.code == "wrong_tier"


def test_a_lapsed_engagement_decides_nothing_and_the_bureau_takes_the_table_back(city, submitted, engagement):
    assign(city, engagement, submitted)
    table = steps.walk_to(submitted, Stage.THIRD_PARTY, city)
    performance = city.people["performance"]
    with pytest.raises(RuleError) as refused:
        decide(table, performance, Action.RECALL, text="Too long.")
    assert refused.value.code == "engagement_running"
    yesterday = TODAY() - timedelta(days=1)
    Engagement.objects.update(starts_on=yesterday, ends_on=yesterday)
    with pytest.raises(Http404):
        decide(table, User.objects.get(pk=city.auditor.pk), text="Late.", score=Decimal(80))
    decide(table, performance, Action.RECALL, text="The engagement is over.")
    assert decide(table, performance).to_stage == Stage.COMPLETED


def test_ending_it_brings_back_what_was_not_decided(city, submitted, engagement):
    assign(city, engagement, submitted)
    table = steps.walk_to(submitted, Stage.THIRD_PARTY, city)
    engagements.end(engagement, by=city.people["performance2"], text="Contract cancelled.")
    assert fresh(table).stage == Stage.PERFORMANCE
    assert sees(city.auditor) == set()
    assert not Assignment.objects.exists()
    assert decide(table, city.people["performance"]).to_stage == Stage.COMPLETED


def test_ending_it_keeps_what_was_decided(city, submitted, engagement):
    assign(city, engagement, submitted)
    table = steps.walk_to(submitted, Stage.THIRD_PARTY, city)
    decide(table, city.auditor, text="Verified.", score=Decimal(90))
    engagements.end(engagement, by=city.people["performance"])
    assert Assignment.objects.get().table == table
    assert fresh(table).stage == Stage.COMPLETED


def test_a_table_is_released_from_the_third_party(city, submitted, engagement):
    assign(city, engagement, submitted)
    table = steps.walk_to(submitted, Stage.THIRD_PARTY, city)
    engagements.release(engagement, table, by=city.people["performance"], text="Not needed.")
    assert fresh(table).stage == Stage.PERFORMANCE
    assert sees(city.auditor) == set()


def test_nobody_of_another_tier_audits(city, submitted, engagement):
    with pytest.raises(RuleError) as refused:
        engagements.add_auditor(engagement, city.clerk, by=city.people["performance"])
    assert refused.value.code == "not_of_the_institution"


@pytest.mark.parametrize(
    "name", ["leader", "section", "department", "clerk", "auditor", "sysadmin", "secadmin"]
)
def test_only_the_performance_section_engages(city, submitted, engagement, name):
    by = city.people[name]
    forget_scope(by)
    for act in (
        lambda: engagements.end(engagement, by=by),
        lambda: engagements.draw_sample(engagement, percent=10, by=by),
        lambda: engagements.add_auditor(engagement, city.auditor2, by=by),
        lambda: engagements.assign_codes(engagement, [submitted.project.code], by=by),
    ):
        with pytest.raises(PermissionDenied):
            act()


def test_an_institution_is_engaged_once_for_a_cycle(city, submitted, engagement):
    with pytest.raises(RuleError) as refused:
        engage(city, submitted)
    assert refused.value.code == "engaged_already"


def test_a_sample_takes_all_red_all_key_and_a_share_of_the_rest(city, submitted, engagement):
    ids = steps.many_under_review(city.road_unit, 40, by=city.clerk)
    for pk in ids[:4]:
        steps.figures(pk, composite="red")
    BudgetProject.objects.filter(tables__in=ids[3:7]).update(key_monitored=True)
    Cycle.objects.get()
    free = MonitoringTable.objects.count()
    sample = engagements.draw_sample(engagement, percent=10, seed="2022-06", by=city.people["performance"])
    assert (sample.red, sample.key, sample.seed) == (4, 3, "2022-06")
    assert sample.population == free - 7
    assert sample.drawn == -(-sample.population // 10)
    assert Assignment.objects.count() == 7 + sample.drawn
    reasons = Assignment.objects.filter(table__in=ids[:7]).order_by("table").values_list("reason", flat=True)
    assert list(reasons) == ["red"] * 4 + ["key"] * 3


def test_drawing_again_leaves_what_is_assigned_alone(city, submitted, engagement):
    steps.many_under_review(city.road_unit, 20, by=city.clerk)
    first = engagements.draw_sample(engagement, percent=50, seed="a", by=city.people["performance"])
    second = engagements.draw_sample(engagement, percent=100, seed="b", by=city.people["performance"])
    assert first.drawn + second.drawn == 21
    assert second.population == 21 - first.drawn


def test_codes_are_taken_all_or_not_at_all(city, submitted, engagement):
    with pytest.raises(BadInput) as bad:
        engagements.assign_codes(
            engagement, [submitted.project.code, "nonsense"], by=city.people["performance"]
        )
    assert [fault.where for fault in bad.value.faults] == ["codes.nonsense"]
    assert not Assignment.objects.exists()


def test_an_auditor_of_another_engagement_is_not_allowed_by_role_alone(city, submitted, engagement):
    """Two institutions in one cycle: each decides on its own tables only."""
    assign(city, engagement, submitted)
    table = steps.walk_to(submitted, Stage.THIRD_PARTY, city)
    Assignment.objects.all().delete()
    # A leader who is an auditor as well sees the table, and still may not decide.
    from organisation.appointments import appoint

    appoint(city.auditor, "leader", city.division, by=None)
    forget_scope(city.auditor)
    with pytest.raises(NotAllowed) as refused:
        decide(table, city.auditor, text="Fine.", score=Decimal(90))
    assert refused.value.code == "not_assigned"
