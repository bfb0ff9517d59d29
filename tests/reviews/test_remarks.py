"""Remarks: whose turn it is may ask, everybody who sees the table reads, the right people settle."""

import pytest
from django.core.exceptions import PermissionDenied

from foundation.errors import BadInput, RuleError
from foundation.models import AuditEvent
from organisation.models import Notification
from reviews import remarks
from reviews.chain import Action
from reviews.models import Remark
from tests.reviews import steps

CELL = "indicator.K001.actual"


@pytest.fixture
def submitted(city):
    return steps.submit(steps.ready(city.road_unit, city.clerk), city.clerk)


def test_the_tier_whose_turn_it_is_remarks_and_the_clerk_hears(city, submitted):
    remark = remarks.add(submitted, cell=CELL, text=" Which road? ", by=city.department)
    assert (remark.text, remark.author_stage, remark.revision) == ("Which road?", "department", 1)
    news = Notification.objects.get(recipient=city.clerk, kind="reviews.remarked")
    assert news.params["text"] == "Which road?"
    assert AuditEvent.objects.filter(action="reviews.remarked").exists()


@pytest.mark.parametrize(
    "cell", ["", "problems", "objective", "fund.general.executed", "fund.total.adjusted", CELL]
)
def test_every_cell_of_the_sheet_may_be_asked_about(city, submitted, cell):
    assert remarks.add(submitted, cell=cell, text="Why?", by=city.department).cell == cell


@pytest.mark.parametrize(
    "cell",
    [
        "stage",
        "digest",
        "fund.other.executed",
        "fund.general.id",
        "indicator.K999.actual",
        "indicator.K001.pk",
    ],
)
def test_a_cell_that_the_table_lacks_is_refused(city, submitted, cell):
    with pytest.raises(BadInput):
        remarks.add(submitted, cell=cell, text="Why?", by=city.department)


@pytest.mark.parametrize("text", ["", "   ", "x" * 1001, "nul\x00"])
def test_a_remark_says_something_that_can_be_kept(city, submitted, text):
    with pytest.raises(BadInput):
        remarks.add(submitted, cell=CELL, text=text, by=city.department)


def test_another_tier_waits_with_its_remarks(city, submitted):
    with pytest.raises(RuleError) as refused:
        remarks.add(submitted, cell=CELL, text="Why?", by=city.people["section"])
    assert refused.value.code == "wrong_tier"


@pytest.mark.parametrize("name", ["clerk", "leader", "department2", "clerk2"])
def test_who_does_not_review_does_not_remark(city, submitted, name):
    with pytest.raises(PermissionDenied):
        remarks.add(submitted, cell=CELL, text="Why?", by=city.people[name])


def test_the_clerk_settles_while_the_table_is_with_the_unit(city, submitted):
    remark = remarks.add(submitted, cell=CELL, text="Why?", by=city.department)
    with pytest.raises(PermissionDenied):
        remarks.settle(remark, by=city.clerk)
    steps.decide(submitted, city.department, Action.RETURN)
    remarks.settle(remark, by=city.clerk)
    assert Remark.objects.get().settled_by == city.clerk
    assert Notification.objects.filter(recipient=city.department, kind="reviews.settled").exists()
    with pytest.raises(RuleError) as refused:
        remarks.settle(remark, by=city.clerk)
    assert refused.value.code == "settled_already"


def test_the_author_and_the_next_tier_settle(city, submitted):
    first = remarks.add(submitted, cell=CELL, text="Why?", by=city.department)
    second = remarks.add(submitted, cell="", text="And the rest?", by=city.department)
    steps.decide(submitted, city.department)
    remarks.settle(first, by=city.department)
    remarks.settle(second, by=city.people["section"])
    assert not Remark.objects.standing().exists()
