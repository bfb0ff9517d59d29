"""Many at once: the same checks, the same records, a constant number of statements."""

import pytest

from foundation.errors import BadInput
from foundation.jobs import run_job
from foundation.models import AuditEvent, Job, JobState
from monitoring.models import MonitoringTable, Rollup
from monitoring.rollups import rebuild
from monitoring.stages import Stage
from organisation.models import Notification, User
from reviews import bulk, transitions
from reviews.acts import Seen
from reviews.chain import Action
from reviews.models import Decision
from tests.reviews import steps


def seen_of(ids):
    return {table.pk: Seen.now(table) for table in MonitoringTable.objects.filter(pk__in=ids)}


@pytest.fixture
def ten(city):
    ids = steps.many_under_review(city.road_unit, 10, by=city.clerk)
    rebuild(MonitoringTable.objects.first().cycle)
    return ids


def test_all_that_allow_it_move_and_the_others_say_why(city, ten):
    steps.decide(MonitoringTable.objects.get(pk=ten[0]), city.department)
    elsewhere = steps.many_under_review(city.road_unit, 1, stage=Stage.SECTION, by=city.clerk)
    own = steps.many_under_review(city.road_unit, 1, by=city.department)
    before = seen_of(ten[1:] + elsewhere + own) | {ten[0]: Seen(Stage.DEPARTMENT, 1, f"{'0' * 64}"[:64])}
    result = bulk.decide_many(before, Action.APPROVE, by=city.department, text="In order.")
    assert result.done == 9
    assert sorted((skipped.table.pk, skipped.code) for skipped in result.skipped) == sorted(
        [(ten[0], "stale"), (elsewhere[0], "wrong_tier"), (own[0], "own_submission")]
    )
    assert MonitoringTable.objects.filter(pk__in=ten, stage=Stage.SECTION).count() == 10


def test_a_bulk_act_leaves_what_single_acts_leave(city, ten):
    one_by_one, together = ten[:5], ten[5:]
    for pk in one_by_one:
        steps.decide(MonitoringTable.objects.get(pk=pk), city.department, text="In order.")
    bulk.decide_many(seen_of(together), Action.APPROVE, by=city.department, text="In order.")

    def left(ids):
        tables = MonitoringTable.objects.filter(pk__in=ids)
        decisions = Decision.objects.filter(table__in=ids).exclude(action=Action.SUBMIT)
        events = AuditEvent.objects.filter(target_id__in=[str(pk) for pk in ids], action="reviews.approved")
        return (
            sorted(tables.values_list("stage", "revision", "version", "completed_at")),
            sorted(
                decisions.values_list("action", "from_stage", "to_stage", "revision", "text", "code", "actor")
            ),
            sorted((event.before["stage"], event.after["stage"], event.reason) for event in events),
        )

    assert left(one_by_one) == left(together)
    assert Rollup.objects.get(level="division").section_tier == 10


def test_the_preview_tells_what_the_act_then_does(city, ten):
    steps.many_under_review(city.road_unit, 2, by=city.department)
    found = bulk.preview(
        MonitoringTable.objects.visible_to(city.department), Action.APPROVE, by=city.department
    )
    assert len(found.eligible) == 10
    assert {skipped.code for skipped in found.skipped} == {"own_submission"}
    assert not Decision.objects.exclude(action=Action.SUBMIT).exists()
    result = bulk.decide_many(found.seen, Action.APPROVE, by=city.department)
    assert (result.done, result.skipped) == (10, [])


def test_what_changed_between_preview_and_act_is_skipped(city, ten):
    found = bulk.preview(MonitoringTable.objects.filter(pk__in=ten), Action.APPROVE, by=city.department)
    steps.decide(MonitoringTable.objects.get(pk=ten[3]), city.department, Action.RETURN)
    result = bulk.decide_many(found.seen, Action.APPROVE, by=city.department)
    assert result.done == 9
    assert [skipped.code for skipped in result.skipped] == ["stale"]
    assert MonitoringTable.objects.get(pk=ten[3]).stage == Stage.RETURNED


def test_tables_of_others_are_left_out_without_a_word(city, ten):
    foreign = steps.many_under_review(city.school_unit, 3, by=city.clerk3)
    result = bulk.decide_many(seen_of(ten[:2] + foreign), Action.APPROVE, by=city.department)
    assert (result.done, result.skipped) == (2, [])
    assert MonitoringTable.objects.filter(pk__in=foreign, stage=Stage.DEPARTMENT).count() == 3


def test_many_are_returned_with_one_reason(city, ten):
    with pytest.raises(BadInput):
        bulk.decide_many(seen_of(ten), Action.RETURN, by=city.department)
    result = bulk.decide_many(
        seen_of(ten), Action.RETURN, by=city.department, code="R05", text="Attach the report."
    )
    assert result.done == 10
    news = Notification.objects.get(recipient=city.clerk, kind="reviews.returned_many")
    assert news.params["count"] == 10


def test_a_third_party_decides_one_by_one(city, ten):
    found = bulk.preview(
        MonitoringTable.objects.filter(pk__in=steps.many_under_review(
            city.road_unit, 1, stage=Stage.THIRD_PARTY, by=city.clerk)),
        Action.APPROVE, by=city.people["performance"],
    )  # fmt: skip
    assert [skipped.code for skipped in found.skipped] == ["wrong_tier"]


def test_the_next_tier_hears_once_not_ten_times(city, ten):
    bulk.decide_many(seen_of(ten), Action.APPROVE, by=city.department)
    news = Notification.objects.filter(recipient=city.people["section"])
    assert [(one.kind, one.params["count"]) for one in news] == [("reviews.arrived_many", 10)]


@pytest.mark.parametrize("number", [60, 1060])
def test_the_number_of_statements_does_not_depend_on_the_number_of_tables(
    city, number, django_assert_max_num_queries
):
    ids = steps.many_under_review(city.road_unit, number, by=city.clerk)
    seen = seen_of(ids)
    with django_assert_max_num_queries(40):
        result = bulk.decide_many(seen, Action.APPROVE, by=city.department)
    assert result.done == number


def test_the_last_tier_takes_no_more_statements(city, django_assert_max_num_queries):
    ids = steps.many_under_review(city.road_unit, 300, stage=Stage.PERFORMANCE, by=city.clerk)
    seen = seen_of(ids)
    with django_assert_max_num_queries(40):
        bulk.decide_many(seen, Action.APPROVE, by=city.people["performance"])
    assert MonitoringTable.objects.filter(stage=Stage.COMPLETED).count() == 300


# As a job


def test_a_large_act_is_a_job_and_a_second_click_the_same_one(city, ten):
    first = bulk.decide_later(seen_of(ten), Action.APPROVE, by=city.department, text="In order.")
    assert bulk.decide_later(seen_of(ten), Action.APPROVE, by=city.department, text="In order.") == first
    run_job(first.pk)
    job = Job.objects.get()
    assert (job.state, job.result["done"], job.result["skipped"]) == (JobState.DONE, 10, 0)
    assert Decision.objects.filter(action=Action.APPROVE, actor=city.department).count() == 10


def test_a_job_broken_off_and_run_again_changes_nothing_twice(city, ten, monkeypatch):
    job = bulk.decide_later(seen_of(ten), Action.APPROVE, by=city.department)
    monkeypatch.setattr(bulk, "CHUNK", 4)
    calls = []

    def die_after_the_first(*args):
        calls.append(args)
        if len(calls) == 2:
            raise RuntimeError("killed")
        return transitions.move(*args)

    with monkeypatch.context() as patch:
        patch.setattr(bulk, "move", die_after_the_first)
        run_job(job.pk)
    assert Decision.objects.filter(action=Action.APPROVE).count() == 4
    Job.objects.update(lease_until=None)
    run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result["done"], job.result["skipped"]) == (JobState.DONE, 10, 0)
    assert Decision.objects.filter(action=Action.APPROVE).count() == 10


def test_a_job_of_somebody_deactivated_meanwhile_moves_nothing(city, ten):
    job = bulk.decide_later(seen_of(ten), Action.APPROVE, by=city.department)
    User.objects.filter(pk=city.department.pk).update(is_active=False)
    run_job(job.pk)
    assert not Decision.objects.filter(action=Action.APPROVE).exists()
