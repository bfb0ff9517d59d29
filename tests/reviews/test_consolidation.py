"""The last table of a department passes only when nothing stands against the department as a whole."""

import pytest

from foundation.errors import RuleError
from monitoring.models import CycleScope
from monitoring.stages import Stage
from reviews import bulk, transitions
from reviews.acts import Seen
from reviews.chain import Action
from tests.factories import make_project
from tests.reviews import steps
from tests.reviews.steps import decide, fresh


@pytest.fixture
def tables(city):
    """Two tables of the department at its tier, and a funded project that nobody took in."""
    ready = [steps.ready(city.road_unit, city.clerk) for _ in range(2)]
    return [steps.submit(table, city.clerk) for table in ready]


@pytest.fixture
def missing(city, tables):
    return make_project(city.bridge_unit, initial=500_000)


def test_all_but_the_last_table_pass(city, tables, missing):
    first, last = tables
    decide(first, city.department)
    assert fresh(first).stage == Stage.SECTION
    with pytest.raises(RuleError) as refused:
        decide(last, city.department)
    assert refused.value.code == "department_checks_stand"
    assert missing.code in refused.value.message
    assert [finding.check_id for finding in refused.value.params["findings"]] == ["L44"]
    assert fresh(last).stage == Stage.DEPARTMENT


def test_once_the_project_is_exempt_with_a_reason_the_last_table_passes(city, tables, missing):
    for table in tables[:1]:
        decide(table, city.department)
    CycleScope.objects.create(cycle=tables[1].cycle, project=missing, exempt=True, reason="Ended in May.")
    decide(tables[1], city.department)
    assert fresh(tables[1]).stage == Stage.SECTION


def test_the_last_table_may_still_be_returned(city, tables, missing):
    decide(tables[0], city.department)
    decide(tables[1], city.department, Action.RETURN)
    assert fresh(tables[1]).stage == Stage.RETURNED


def test_a_table_that_a_later_tier_returned_does_not_count_as_still_to_pass(city, tables, missing):
    first, last = tables
    decide(first, city.department)
    decide(first, city.people["section"], Action.RETURN)
    with pytest.raises(RuleError, match=missing.code):
        decide(last, city.department)


def test_in_bulk_one_table_is_held_back_and_says_why(city, tables, missing):
    seen = {table.pk: Seen.now(table) for table in tables}
    result = bulk.decide_many(seen, Action.APPROVE, by=city.department)
    assert result.done == 1
    assert [(each.table.pk, each.code) for each in result.skipped] == [
        (tables[1].pk, "department_checks_stand")
    ]


def test_another_department_is_not_held_up(city, tables, missing):
    school = steps.submit(steps.ready(city.school_unit, city.clerk3), city.clerk3)
    decide(school, city.department2)
    assert fresh(school).stage == Stage.SECTION


def test_a_complete_department_passes_in_few_statements(city, tables, django_assert_max_num_queries):
    decide(tables[0], city.department)
    table = fresh(tables[1])
    # Three more than any other decision: the department's tables, exemptions and funded projects.
    with django_assert_max_num_queries(15 + 2 + 3):
        transitions.decide(
            table, Action.APPROVE, at=table.stage, revision=1, digest=table.digest, by=city.department
        )
