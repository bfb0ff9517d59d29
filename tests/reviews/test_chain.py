"""Where an act leads, and whom a sample names: plain functions."""

import pytest

from monitoring.stages import Stage
from reviews.chain import ACTIONS_AT, CHAIN, Action, Route, tier_after
from reviews.sampling import draw, drawn_number

WHOLE = Route(head=True, performance=True, third_party=True)


def test_the_whole_chain_in_its_order():
    stage, way = Stage.FILLING, []
    while stage != Stage.COMPLETED:
        stage = WHOLE.destination(Action.APPROVE, stage)
        way.append(stage)
    assert way == [*CHAIN, Stage.COMPLETED]


@pytest.mark.parametrize(
    ("left_out", "stage", "following"),
    [
        ({"head": False}, Stage.FILLING, Stage.DEPARTMENT),
        ({"performance": False}, Stage.SECTION, Stage.THIRD_PARTY),
        ({"performance": False, "third_party": False}, Stage.SECTION, Stage.COMPLETED),
        ({"third_party": False}, Stage.PERFORMANCE, Stage.COMPLETED),
    ],
)
def test_a_tier_that_the_cycle_lacks_is_passed_over(left_out, stage, following):
    tiers = {"head": True, "performance": True, "third_party": True, **left_out}
    assert tier_after(stage, **tiers) == following


@pytest.mark.parametrize("stage", [Stage.HEAD, Stage.DEPARTMENT, Stage.SECTION, Stage.PERFORMANCE])
def test_a_return_leads_to_the_unit_from_every_tier(stage):
    assert WHOLE.destination(Action.RETURN, stage) == Stage.RETURNED


def test_what_was_returned_goes_straight_back_to_the_tier_that_returned_it():
    assert Route(resume_at=Stage.SECTION).destination(Action.SUBMIT, Stage.RETURNED) == Stage.SECTION


def test_a_head_confirms_the_correction_before_it_goes_back():
    route = Route(head=True, resume_at=Stage.PERFORMANCE)
    assert route.destination(Action.SUBMIT, Stage.RETURNED) == Stage.HEAD
    assert route.destination(Action.CONFIRM, Stage.HEAD) == Stage.PERFORMANCE


def test_after_its_way_back_a_table_goes_on_as_usual():
    assert Route(resume_at=Stage.SECTION).destination(Action.APPROVE, Stage.SECTION) == Stage.PERFORMANCE


@pytest.mark.parametrize("action", [Action.OBJECT, Action.RECALL])
def test_a_third_party_never_returns_but_hands_to_the_bureau(action):
    assert WHOLE.destination(action, Stage.THIRD_PARTY) == Stage.PERFORMANCE
    assert Route(performance=False).destination(action, Stage.THIRD_PARTY) == Stage.SECTION


def test_a_third_party_may_not_return_and_nobody_else_may_object():
    assert Action.RETURN not in ACTIONS_AT[Stage.THIRD_PARTY]
    assert all(
        Action.OBJECT not in actions for stage, actions in ACTIONS_AT.items() if stage != Stage.THIRD_PARTY
    )


def test_a_withdrawn_table_goes_where_it_was_submitted_from():
    assert Route(submitted_from=Stage.RETURNED).destination(Action.WITHDRAW, Stage.SECTION) == Stage.RETURNED


@pytest.mark.parametrize(
    ("population", "percent", "drawn"),
    [(0, 50, 0), (10, 0, 0), (10, 10, 1), (11, 10, 2), (1, 1, 1), (7, 100, 7)],
)
def test_the_share_is_rounded_up(population, percent, drawn):
    assert drawn_number(population, percent) == drawn


def test_the_same_seed_draws_the_same_whatever_the_order():
    codes = [f"P{number:03d}" for number in range(200)]
    assert draw(codes, 10, "2022-06") == draw(reversed(codes), 10, "2022-06")
    assert draw(codes, 10, "2022-06") != draw(codes, 10, "2022-07")
    assert len(draw(codes, 10, "2022-06")) == 20


def test_a_larger_share_keeps_what_the_smaller_drew():
    codes = [f"P{number:03d}" for number in range(100)]
    assert set(draw(codes, 5, "seed")) < set(draw(codes, 20, "seed"))
