"""The review pages in the hands of a reviewer: what they show, what they refuse, what they keep."""

from decimal import Decimal

import pytest
from django.urls import reverse

from foundation.jobs import run_job
from foundation.models import Job
from monitoring.models import MonitoringTable
from monitoring.stages import Stage
from reviews import bulk
from reviews.chain import Action
from reviews.models import Decision, Remark
from tests.conftest import sign_in
from tests.reviews import steps
from tests.reviews.steps import fresh

ENGLISH = {"accept-language": "en"}


@pytest.fixture
def submitted(city):
    return steps.submit(steps.ready(city.road_unit, city.clerk), city.clerk)


def shown(table):
    table = fresh(table)
    return {"at": table.stage, "revision": table.revision, "digest": table.digest}


def decide_page(client, table, **given):
    address = reverse("review_decide", args=[table.public_id])
    return client.post(address, {**shown(table), **given}, headers=ENGLISH)


def text_of(response):
    return response.content.decode()


def test_the_page_shows_the_whole_table_the_chain_and_the_reasons(client, city, submitted):
    sign_in(client, city.department)
    page = text_of(client.get(reverse("review_page", args=[submitted.public_id]), headers=ENGLISH))
    assert submitted.project.name in page
    assert "Road mended" in page
    assert "It is known, and it is being seen to." in page  # the explanation of a warning
    assert "R01" in page
    assert "R12" not in page
    assert f'name="digest" value="{submitted.digest}"' in page
    assert 'id="remark"' in page


def test_the_page_takes_no_more_queries_for_more_indicators(client, city, django_assert_max_num_queries):
    from tests import factories

    many = [{**factories.default_indicators()[0], "weight": Decimal("1.5")} for _ in range(60)]
    table = factories.make_table(city.road_unit, indicators=many)
    ids = steps.many_under_review(city.road_unit, 1, by=city.clerk)
    sign_in(client, city.department)
    for pk in (table.pk, ids[0]):
        MonitoringTable.objects.filter(pk=pk).update(digest="0" * 64)
        with django_assert_max_num_queries(36):
            address = reverse("review_page", args=[MonitoringTable.objects.get(pk=pk).public_id])
            assert client.get(address).status_code == 200


def test_an_approval_opens_the_next_table(client, city, submitted):
    other = steps.many_under_review(city.road_unit, 1, by=city.clerk)
    sign_in(client, city.department)
    response = decide_page(client, submitted, action="approve", text="In order.")
    following = MonitoringTable.objects.get(pk=other[0])
    assert response.url == reverse("review_page", args=[following.public_id])
    assert fresh(submitted).stage == Stage.SECTION
    assert Decision.objects.last().text == "In order."


def test_after_the_last_table_the_queue_opens(client, city, submitted):
    sign_in(client, city.department)
    assert decide_page(client, submitted, action="approve").url == reverse("review_queue")


def test_a_return_without_a_reason_keeps_what_was_typed(client, city, submitted):
    sign_in(client, city.department)
    response = decide_page(client, submitted, action="return", text="Evidence is missing.")
    assert response.status_code == 422
    page = text_of(response)
    assert "Evidence is missing." in page
    assert "Say why, with one of the reasons." in page
    assert fresh(submitted).stage == Stage.DEPARTMENT


def test_a_stale_page_is_told_and_keeps_what_was_typed(client, city, submitted):
    seen = shown(submitted)
    steps.decide(submitted, city.department)
    sign_in(client, city.department)
    address = reverse("review_decide", args=[submitted.public_id])
    response = client.post(
        address, {**seen, "action": "return", "code": "R01", "text": "My notes."}, headers=ENGLISH
    )
    assert response.status_code == 409
    page = text_of(response)
    assert "was here before" in page
    assert "My notes." in page
    assert fresh(submitted).stage == Stage.SECTION


def test_own_submission_is_forbidden_in_words(client, city):
    ids = steps.many_under_review(city.road_unit, 1, by=city.department)
    table = MonitoringTable.objects.get(pk=ids[0])
    sign_in(client, city.department)
    page = text_of(client.get(reverse("review_page", args=[table.public_id]), headers=ENGLISH))
    assert "You submitted this table yourself" in page
    assert 'value="approve"' not in page
    response = decide_page(client, table, action="approve")
    assert response.status_code == 403
    assert "You submitted this table yourself" in text_of(response)


def test_a_program_is_answered_with_problem_json(client, city, submitted):
    seen = shown(submitted)
    steps.decide(submitted, city.department)
    sign_in(client, city.department)
    address = reverse("review_decide", args=[submitted.public_id])
    response = client.post(address, {**seen, "action": "approve"}, headers={"accept": "application/json"})
    assert (response.status_code, response.json()["code"]) == (409, "stale")


@pytest.mark.parametrize("left_out", ["at", "revision"])
def test_a_form_that_does_not_say_what_was_seen_is_refused(client, city, submitted, left_out):
    sign_in(client, city.department)
    given = {name: value for name, value in shown(submitted).items() if name != left_out}
    address = reverse("review_decide", args=[submitted.public_id])
    assert client.post(address, {**given, "action": "approve"}).status_code == 422
    assert fresh(submitted).stage == Stage.DEPARTMENT


@pytest.mark.parametrize("action", ["submit", "withdraw", "", "fly", "object"])
def test_only_the_acts_of_the_tier_are_taken(client, city, submitted, action):
    sign_in(client, city.department)
    assert decide_page(client, submitted, action=action, text="x").status_code in (403, 409, 422)
    assert fresh(submitted).stage == Stage.DEPARTMENT


def test_the_clerk_is_led_to_the_page_of_the_table(client, city, submitted):
    sign_in(client, city.clerk)
    response = client.get(reverse("review_page", args=[submitted.public_id]))
    assert response.url == reverse("table_page", args=[submitted.public_id])


# Remarks


def test_a_remark_is_put_shown_and_settled(client, city, submitted):
    sign_in(client, city.department)
    given = {"cell": "indicator.K001.actual", "text": "Which <b>road</b>?"}
    client.post(reverse("remark_add", args=[submitted.public_id]), given)
    page = text_of(client.get(reverse("review_page", args=[submitted.public_id]), headers=ENGLISH))
    assert "Which &lt;b&gt;road&lt;/b&gt;?" in page
    assert "Road mended · Actual" in page
    remark = Remark.objects.get()
    client.post(reverse("remark_settle", args=[remark.public_id]), {"back": "https://elsewhere.example/"})
    remark.refresh_from_db()
    assert remark.settled_by == city.department


def test_the_clerk_reads_remarks_and_decisions_on_the_page_of_the_table(client, city, submitted):
    from reviews import remarks

    remarks.add(submitted, cell="problems", text="Say more.", by=city.department)
    steps.decide(submitted, city.department, Action.RETURN, text="Not enough.")
    sign_in(client, city.clerk)
    page = text_of(client.get(reverse("table_page", args=[submitted.public_id]), headers=ENGLISH))
    assert "Say more." in page
    assert "Not enough." in page


# The clerk's own acts


def test_the_clerk_submits_and_withdraws_on_the_page(client, city):
    table = steps.ready(city.road_unit, city.clerk)
    sign_in(client, city.clerk)
    client.post(reverse("table_submit", args=[table.public_id]), {"stage": table.stage})
    table = fresh(table)
    assert table.stage == Stage.DEPARTMENT
    page = text_of(client.get(reverse("table_page", args=[table.public_id]), headers=ENGLISH))
    assert reverse("review_withdraw", args=[table.public_id]) in page
    client.post(
        reverse("review_withdraw", args=[table.public_id]), {"stage": table.stage, "version": table.version}
    )
    assert fresh(table).stage == Stage.FILLING


def test_a_submission_that_checks_forbid_comes_back_to_the_checks(client, city, table):
    sign_in(client, city.clerk)
    response = client.post(reverse("table_submit", args=[table.public_id]), {"stage": "filling"}, follow=True)
    assert response.redirect_chain[0][0].endswith("#checks")
    assert fresh(table).stage == Stage.FILLING


# Bulk


@pytest.fixture
def ten(city):
    return list(
        MonitoringTable.objects.filter(pk__in=steps.many_under_review(city.road_unit, 10, by=city.clerk))
    )


def test_the_ticked_tables_are_looked_at_then_approved(client, city, ten):
    sign_in(client, city.department)
    ticked = {"action": "approve", "pk": [table.public_id for table in ten[:3]]}
    preview = client.post(reverse("review_bulk"), ticked, headers=ENGLISH)
    assert len(preview.context["found"].eligible) == 3
    assert not Decision.objects.filter(action=Action.APPROVE).exists()
    seen = preview.context["form"].initial["seen"]
    done = client.post(
        reverse("review_bulk"), {"action": "approve", "seen": seen, "text": "Fine."}, headers=ENGLISH
    )
    assert "3 tables moved." in text_of(done)
    assert MonitoringTable.objects.filter(stage=Stage.SECTION).count() == 3


def test_all_that_match_follow_the_filter_of_the_address(client, city, ten):
    steps.figures(ten[0].pk, composite="red")
    sign_in(client, city.department)
    everything = {"action": "approve", "all_matching": "1", "query": "light=red"}
    found = client.post(reverse("review_bulk"), everything).context["found"]
    assert [table.pk for table in found.eligible] == [ten[0].pk]


def test_what_is_skipped_is_named_with_its_reason(client, city, ten):
    own = steps.many_under_review(city.road_unit, 1, by=city.department)
    sign_in(client, city.department)
    preview = client.post(reverse("review_bulk"), {"action": "approve", "all_matching": "1"}, headers=ENGLISH)
    page = text_of(preview)
    assert "10 tables will move." in page
    assert "You submitted this table yourself" in page
    assert [skipped.table.pk for skipped in preview.context["found"].skipped] == own


def test_tables_of_others_are_not_ticked(client, city, ten):
    foreign = MonitoringTable.objects.get(pk=steps.many_under_review(city.school_unit, 1, by=city.clerk3)[0])
    sign_in(client, city.department)
    found = client.post(reverse("review_bulk"), {"action": "approve", "pk": [foreign.public_id]}).context[
        "found"
    ]
    assert (found.eligible, found.skipped) == ([], [])


def test_a_forged_list_of_what_was_seen_is_refused(client, city, ten):
    sign_in(client, city.department)
    response = client.post(
        reverse("review_bulk"), {"action": "approve", "seen": "W1sxLDJdXQ:forged", "text": ""}
    )
    assert response.status_code == 422


def test_a_bulk_return_asks_for_the_reason_first(client, city, ten):
    sign_in(client, city.department)
    preview = client.post(reverse("review_bulk"), {"action": "return", "pk": [ten[0].public_id]})
    assert len(preview.context["found"].eligible) == 1
    given = {"action": "return", "seen": preview.context["form"].initial["seen"], "text": "", "code": ""}
    assert client.post(reverse("review_bulk"), given).status_code == 422
    client.post(reverse("review_bulk"), given | {"code": "R05", "text": "Attach it."})
    assert fresh(ten[0]).stage == Stage.RETURNED


def test_a_large_act_becomes_a_job_that_its_owner_follows(client, city, ten, monkeypatch):
    monkeypatch.setattr(bulk, "AT_ONCE", 5)
    sign_in(client, city.department)
    preview = client.post(reverse("review_bulk"), {"action": "approve", "all_matching": "1"})
    seen = preview.context["form"].initial["seen"]
    response = client.post(reverse("review_bulk"), {"action": "approve", "seen": seen, "text": ""})
    job = Job.objects.get()
    assert response.url == reverse("review_bulk_result", args=[job.public_id])
    run_job(job.pk)
    assert "10 tables moved." in text_of(client.get(response.url, headers=ENGLISH))
    sign_in(client, city.department2)
    assert client.get(response.url).status_code == 404
