"""One table's way through the chain, and everything that must not move it."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.test import override_settings
from django.urls import reverse

from foundation import audit, clock
from foundation.errors import BadInput, RuleError, StalePage
from foundation.models import AuditEvent
from monitoring.filling import Edit, save_cells
from monitoring.models import CellOrigin, Cycle, CycleWindow, MonitoringTable, Rollup
from monitoring.stages import CellSource, CycleState, Stage
from organisation.appointments import appoint, end_appointment
from organisation.models import Appointment, Notification, User
from organisation.roles import Role
from organisation.scope import forget_scope
from reviews import transitions
from reviews.acts import NotAllowed
from reviews.chain import Action, Outcome
from reviews.models import Decision, Review
from reviews.signals import review_completed, table_returned
from tests.conftest import sign_in
from tests.factories import GOOD_CELLS
from tests.reviews import steps
from tests.reviews.steps import decide, fresh, submit, walk_to


@pytest.fixture
def ready(city):
    return steps.ready(city.road_unit, city.clerk)


@pytest.fixture
def submitted(city, ready):
    return submit(ready, city.clerk)


def kinds_of(user):
    return list(Notification.objects.filter(recipient=user).order_by("id").values_list("kind", flat=True))


# The walk


def test_a_table_walks_from_the_unit_to_the_end(city, ready):
    table = submit(ready, city.clerk)
    assert (table.stage, table.revision, table.submitted_by) == (Stage.DEPARTMENT, 1, city.clerk)
    for name, following in (
        ("department", Stage.SECTION),
        ("section", Stage.PERFORMANCE),
        ("performance", Stage.COMPLETED),
    ):
        decide(table, city.people[name])
        table = fresh(table)
        assert table.stage == following
    assert table.completed_at
    review = Review.objects.get()
    assert (review.outcome, review.digest) == (Outcome.COMPLETED, table.digest)
    assert review.snapshot["indicators"][0]["actual"] == "52.0000"
    actions = Decision.objects.order_by("id").values_list("action", flat=True)
    assert list(actions) == ["submit", "approve", "approve", "approve"]


def test_every_step_is_told_to_whom_it_concerns(city, submitted):
    assert kinds_of(city.department) == ["reviews.arrived"]
    assert kinds_of(city.department2) == []
    walk_to(submitted, Stage.COMPLETED, city)
    assert kinds_of(city.people["section"]) == ["reviews.arrived"]
    assert kinds_of(city.clerk) == ["reviews.completed"]
    assert kinds_of(city.clerk2) == []


def test_every_step_is_in_the_audit_trail_and_in_the_sums(city, submitted):
    walk_to(submitted, Stage.COMPLETED, city)
    verbs = AuditEvent.objects.filter(action__startswith="reviews.").order_by("sequence")
    assert [event.action for event in verbs] == ["reviews.submitted"] + ["reviews.approved"] * 3
    assert verbs[1].before == {"stage": "department"}
    assert verbs[1].after["stage"] == "section"
    assert audit.verify().whole
    division = Rollup.objects.get(level="division")
    assert (division.filling, division.department_tier, division.completed) == (0, 0, 1)


def test_a_head_confirms_where_the_cycle_asks_for_it(city, ready):
    Cycle.objects.update(head_tier=True)
    table = submit(ready, city.clerk)
    assert table.stage == Stage.HEAD
    decision = decide(table, city.head)
    assert (decision.action, decision.to_stage) == (Action.CONFIRM, Stage.DEPARTMENT)


def test_a_cycle_without_a_performance_tier_ends_at_the_section(city, submitted):
    Cycle.objects.update(performance_tier=False)
    table = walk_to(submitted, Stage.SECTION, city)
    assert decide(table, city.people["section"]).to_stage == Stage.COMPLETED


# Submitting


def test_a_table_with_blank_cells_is_refused_with_the_list(city, table):
    with pytest.raises(RuleError) as refused:
        submit(table, city.clerk)
    assert refused.value.code == "checks_stand"
    assert {finding.check_id for finding in refused.value.params["findings"]} >= {"L01"}
    assert fresh(table).stage == Stage.FILLING
    assert not Review.objects.exists()


def test_a_warning_without_explanation_is_refused(city, filled_table):
    with pytest.raises(RuleError) as refused:
        submit(filled_table, city.clerk)
    assert refused.value.code == "checks_stand"
    assert refused.value.params["errors"] == 0


@pytest.mark.parametrize("name", ["head", "department", "section", "performance", "leader"])
def test_only_the_clerk_submits(city, ready, name):
    with pytest.raises(NotAllowed) as refused:
        submit(ready, city.people[name])
    assert refused.value.code == "not_the_clerk"


def test_a_clerk_of_another_unit_does_not_even_see_it(city, ready):
    with pytest.raises(Http404):
        submit(ready, city.clerk2)


def test_a_second_submission_is_told_who_was_there(city, ready):
    before = fresh(ready)
    submit(ready, city.clerk)
    with pytest.raises(StalePage) as stale:
        transitions.submit(before, by=city.clerk, version=before.version)
    assert "clerk" in stale.value.message


def test_a_table_changed_after_the_page_was_shown_is_not_submitted(city, ready):
    with pytest.raises(StalePage):
        transitions.submit(ready, by=city.clerk, version=ready.version - 1)


@pytest.mark.parametrize(
    ("cell", "value"), [("indicator.K001.actual", "40"), ("fund.general.expected", "99.5")]
)
def test_a_cell_saved_in_another_tab_keeps_the_older_page_from_submitting(client, city, ready, cell, value):
    """The page of the second tab still shows what the cell held before."""
    sign_in(client, city.clerk)
    older = ready.version
    newer = save_cells(ready, [Edit(cell, value)], by=city.clerk).assessed.table.version
    address = reverse("table_submit", args=[ready.public_id])
    refused = client.post(address, {"version": older}, headers={"accept": "application/json"})
    assert (refused.status_code, refused.json()["code"]) == (409, "stale")
    assert fresh(ready).stage == Stage.FILLING
    with pytest.raises(StalePage):
        transitions.submit(ready, by=city.clerk, version=older)
    save_cells(ready, [Edit(cell, GOOD_CELLS[cell])], by=city.clerk)
    client.post(address, {"version": newer + 1})
    assert fresh(ready).stage == Stage.DEPARTMENT


# Stale pages and second clicks


def test_a_second_click_does_not_approve_the_tier_above(city, submitted):
    decide(submitted, city.department)
    with pytest.raises(StalePage) as stale:
        decide(submitted, city.department, at=Stage.DEPARTMENT)
    assert "department" in stale.value.message
    assert fresh(submitted).stage == Stage.SECTION
    assert Decision.objects.filter(action=Action.APPROVE).count() == 1


def test_a_colleague_is_told_who_decided_what_and_when(city, submitted):
    colleague = User.objects.create_user("colleague", name="Li", division=city.division)
    appoint(colleague, Role.DEPARTMENT, city.roads, by=None)
    decide(submitted, city.department, Action.RETURN)
    with pytest.raises(StalePage) as stale:
        decide(submitted, colleague, Action.APPROVE, at=Stage.DEPARTMENT)
    at = Decision.objects.last().at.astimezone(clock.ZONE)
    assert "department" in stale.value.message
    assert f"{at:%Y-%m-%d %H:%M:%S}" in stale.value.message


def test_a_new_submission_is_not_decided_on_unseen(city, submitted):
    seen = {"at": submitted.stage, "revision": submitted.revision, "digest": submitted.digest}
    decide(submitted, city.department, Action.RETURN)
    submit(submitted, city.clerk)
    with pytest.raises(StalePage):
        decide(submitted, city.department, **seen)


def test_another_digest_is_refused(city, submitted):
    with pytest.raises(StalePage):
        decide(submitted, city.department, digest="0" * 64)


# Whose turn it is


@pytest.mark.parametrize("name", ["section", "performance"])
def test_another_tier_waits_for_its_turn(city, submitted, name):
    with pytest.raises(RuleError) as refused:
        decide(submitted, city.people[name])
    assert refused.value.code == "wrong_tier"


def test_a_page_of_a_tier_never_reached_is_the_wrong_tier(city, submitted):
    with pytest.raises(RuleError) as refused:
        decide(submitted, city.people["section"], at=Stage.SECTION)
    assert refused.value.code == "wrong_tier"


@pytest.mark.parametrize("name", ["clerk", "leader"])
def test_who_reviews_nothing_here_is_not_allowed(city, submitted, name):
    with pytest.raises(NotAllowed) as refused:
        decide(submitted, city.people[name])
    assert refused.value.code == "no_reviewer"


@pytest.mark.parametrize("name", ["department2", "clerk2", "auditor", "former", "sysadmin"])
def test_who_does_not_see_the_table_finds_nothing(city, submitted, name):
    with pytest.raises(Http404):
        decide(submitted, city.people[name])


def test_an_ended_appointment_decides_nothing(city, submitted):
    end_appointment(Appointment.objects.get(user=city.department), by=None)
    with pytest.raises(Http404):
        decide(submitted, User.objects.get(pk=city.department.pk))


@pytest.mark.parametrize("stage", [Stage.FILLING, Stage.COMPLETED])
def test_nothing_is_decided_before_the_chain_or_after_it(city, ready, stage):
    if stage == Stage.COMPLETED:
        walk_to(submit(ready, city.clerk), stage, city)
    with pytest.raises(RuleError) as refused:
        decide(ready, city.department)
    assert refused.value.code == "not_now"


# Four eyes


def test_nobody_decides_on_their_own_submission(city, submitted):
    appoint(city.clerk, Role.DEPARTMENT, city.roads, by=None)
    with pytest.raises(NotAllowed) as refused:
        decide(submitted, city.clerk)
    assert refused.value.code == "own_submission"


def test_nobody_decides_on_figures_they_typed(city, submitted):
    CellOrigin.objects.create(
        table=submitted, cell="problems", kind=CellSource.TYPED, by=city.department, at=clock.now()
    )
    with pytest.raises(NotAllowed) as refused:
        decide(submitted, city.department)
    assert refused.value.code == "own_figures"


def test_nobody_decides_at_two_tiers(city, submitted):
    appoint(city.department, Role.SECTION, city.__dict__["section"], by=None)
    decide(submitted, city.department)
    forget_scope(city.department)
    with pytest.raises(NotAllowed) as refused:
        decide(submitted, city.department)
    assert refused.value.code == "decided_before"
    assert isinstance(refused.value, PermissionDenied)


# Returns


def test_a_return_goes_to_the_unit_and_the_correction_back_to_the_tier(city, submitted):
    table = walk_to(submitted, Stage.SECTION, city)
    decide(table, city.people["section"], Action.RETURN, text="Say why spending lags.")
    table = fresh(table)
    assert (table.stage, table.revision) == (Stage.RETURNED, 1)
    assert Review.objects.get().outcome == Outcome.RETURNED
    assert kinds_of(city.clerk) == ["reviews.returned"]
    table = submit(table, city.clerk)
    assert (table.stage, table.revision) == (Stage.SECTION, 2)
    assert Review.objects.filter(closed_at=None).get().revision == 2
    assert decide(table, city.people["section"]).to_stage == Stage.PERFORMANCE


@pytest.mark.parametrize(
    ("code", "text", "where"), [("", "Why", "code"), ("R01", "  ", "text"), ("R12", "Why", "code")]
)
def test_a_return_wants_a_reason_of_the_tier_and_a_text(city, submitted, code, text, where):
    with pytest.raises(BadInput) as bad:
        decide(submitted, city.department, Action.RETURN, code=code, text=text)
    assert [fault.where for fault in bad.value.faults] == [where]
    assert fresh(submitted).stage == Stage.DEPARTMENT


@pytest.mark.parametrize("text", ["x" * 2001, "nul\x00", "lone \ud800 surrogate", "escape \x1b[0m"])
def test_a_text_that_cannot_be_kept_is_refused(city, submitted, text):
    with pytest.raises(BadInput):
        decide(submitted, city.department, Action.RETURN, text=text)


def test_a_receiver_that_fails_undoes_the_step(city, submitted):
    def fail(**kwargs):
        raise RuntimeError

    table_returned.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            decide(submitted, city.department, Action.RETURN)
    finally:
        table_returned.disconnect(fail)
    assert fresh(submitted).stage == Stage.DEPARTMENT
    assert not Decision.objects.filter(action=Action.RETURN).exists()


def test_the_end_of_the_chain_is_announced_once(city, submitted):
    heard = []

    def hear(decisions, **kwargs):
        heard.extend(decision.table_id for decision in decisions)

    review_completed.connect(hear)
    try:
        walk_to(submitted, Stage.COMPLETED, city)
    finally:
        review_completed.disconnect(hear)
    assert heard == [submitted.pk]


# Withdrawing


def test_the_clerk_withdraws_before_anybody_decided(city, submitted):
    transitions.withdraw(submitted, by=city.clerk, version=submitted.version)
    table = fresh(submitted)
    assert table.stage == Stage.FILLING
    assert Review.objects.get().outcome == Outcome.WITHDRAWN
    assert submit(table, city.clerk).revision == 2


def test_after_a_decision_nothing_is_withdrawn(city, submitted):
    table = walk_to(submitted, Stage.SECTION, city)
    with pytest.raises(RuleError) as refused:
        transitions.withdraw(table, by=city.clerk, version=table.version)
    assert refused.value.code == "already_decided"


def test_a_corrected_table_is_withdrawn_to_where_it_came_from(city, submitted):
    decide(submitted, city.department, Action.RETURN)
    table = submit(submitted, city.clerk)
    transitions.withdraw(table, by=city.clerk, version=table.version)
    assert fresh(table).stage == Stage.RETURNED
    assert submit(table, city.clerk).stage == Stage.DEPARTMENT


# Time


MIDNIGHT = datetime(2022, 7, 16, tzinfo=clock.ZONE)


@pytest.fixture
def at(monkeypatch):
    """Freeze the clock: at(instant)."""

    def freeze(instant):
        monkeypatch.setattr("django.utils.timezone.now", lambda: instant.astimezone(clock.UTC))

    with override_settings(CLOCK="process"):
        yield freeze


def window(stage, closes_at):
    CycleWindow.objects.filter(stage=stage).update(
        closes_at=closes_at, opens_at=closes_at - timedelta(days=9)
    )


@pytest.mark.parametrize(
    ("instant", "in_time"),
    [
        (MIDNIGHT - timedelta(minutes=1), True),
        (MIDNIGHT - timedelta(microseconds=1), True),
        (MIDNIGHT, False),
        (MIDNIGHT + timedelta(seconds=1), False),
    ],
)
def test_the_last_day_counts_until_its_midnight_in_shanghai(city, submitted, at, instant, in_time):
    Appointment.objects.update(starts_on="2022-01-01")
    window(Stage.DEPARTMENT, MIDNIGHT)
    at(instant)
    if in_time:
        assert decide(submitted, city.department).to_stage == Stage.SECTION
        return
    with pytest.raises(RuleError) as refused:
        decide(submitted, city.department)
    assert refused.value.code == "too_late"
    assert "2022-07-15 24:00" in refused.value.message


def test_before_its_window_a_tier_waits(city, submitted, at):
    Appointment.objects.update(starts_on="2022-01-01")
    window(Stage.DEPARTMENT, MIDNIGHT)
    at(MIDNIGHT - timedelta(days=10))
    with pytest.raises(RuleError) as refused:
        decide(submitted, city.department)
    assert refused.value.code == "too_early"


def test_a_late_submission_is_refused(city, ready):
    now = clock.now()
    window(Stage.FILLING, now)
    with pytest.raises(RuleError) as refused:
        submit(ready, city.clerk)
    assert refused.value.code == "too_late"


def test_a_returned_table_has_the_time_of_the_tier_that_returned_it(city, submitted):
    window(Stage.FILLING, clock.now())
    decide(submitted, city.department, Action.RETURN)
    assert submit(submitted, city.clerk).stage == Stage.DEPARTMENT
    decide(submitted, city.department, Action.RETURN)
    window(Stage.DEPARTMENT, clock.now())
    with pytest.raises(RuleError) as refused:
        submit(submitted, city.clerk)
    assert refused.value.code == "too_late"


def test_what_could_not_be_submitted_again_is_not_withdrawn(city, submitted):
    window(Stage.FILLING, clock.now())
    with pytest.raises(RuleError) as refused:
        transitions.withdraw(submitted, by=city.clerk, version=submitted.version)
    assert refused.value.code == "too_late"


def test_a_closed_cycle_moves_nothing(city, submitted):
    Cycle.objects.update(state=CycleState.CLOSED)
    with pytest.raises(RuleError) as refused:
        decide(submitted, city.department)
    assert refused.value.code == "cycle_closed"


# Cost


def test_one_decision_takes_few_statements(city, submitted, django_assert_max_num_queries):
    steps.ready(city.road_unit, city.clerk)  # with another table to come, the department is not yet looked at
    table = fresh(submitted)
    forget_scope(city.department)
    # Fifteen, and the two that a savepoint adds inside a test's transaction.
    with django_assert_max_num_queries(15 + 2):
        transitions.decide(
            table, Action.APPROVE, at=table.stage, revision=1, digest=table.digest, by=city.department
        )


def test_a_score_out_of_bounds_is_refused(city, submitted):
    for score in (Decimal("-0.01"), Decimal("100.01"), Decimal("NaN")):
        with pytest.raises(BadInput):
            decide(submitted, city.department, score=score)


def test_the_stage_is_assigned_in_one_module_only():
    """Who else writes a stage goes around the lock, the check and the record."""
    from pathlib import Path

    root = Path(transitions.__file__).resolve().parents[1]
    writers = []
    for app in ("organisation", "projects", "monitoring", "reviews", "rectification", "dashboards"):
        for path in (root / app).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            if "MonitoringTable" in text and (".update(stage=" in text or "rows.update(stage=" in text):
                writers.append(path.relative_to(root).as_posix())
    assert writers == ["reviews/transitions.py"]
    assert MonitoringTable._meta.get_field("stage")
