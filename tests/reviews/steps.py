"""Steps through the chain that tests share."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from foundation import clock
from monitoring.filling import explain
from monitoring.models import Cycle, MonitoringTable
from monitoring.stages import Stage
from monitoring.tables import assess
from organisation.models import BudgetUnit, User
from projects.choices import ProjectClass, ProjectNature
from projects.models import BudgetProject
from reviews import transitions
from reviews.chain import Action
from reviews.models import Decision, Review
from tests import factories

REASON = {
    Stage.HEAD: "R01",
    Stage.DEPARTMENT: "R01",
    Stage.SECTION: "R12",
    Stage.PERFORMANCE: "R21",
}


def fresh(table: MonitoringTable) -> MonitoringTable:
    related = ("project", "unit", "department", "section", "cycle__rule_book")
    return MonitoringTable.objects.select_related(*related).get(pk=table.pk)


def ready(unit: BudgetUnit, by: User, **given: Any) -> MonitoringTable:
    """A table that its clerk has filled and explained, so that it may be submitted."""
    table = factories.fill(factories.make_table(unit, **given), by)
    return explained(table, by)


def explained(table: MonitoringTable, by: User) -> MonitoringTable:
    table = fresh(table)
    for finding in assess([table])[0].unexplained:
        explain(table, finding.check_id, finding.cell, "It is known, and it is being seen to.", by=by)
    return fresh(table)


def submit(table: MonitoringTable, by: User) -> MonitoringTable:
    table = fresh(table)
    transitions.submit(table, by=by, version=table.version)
    return fresh(table)


def decide(table: MonitoringTable, by: User, action: str = Action.APPROVE, **given: Any) -> Decision:
    """Decide on the table as it stands."""
    table = fresh(table)
    if action == Action.RETURN:
        given = {"code": REASON.get(Stage(table.stage), "R01"), "text": "Please correct.", **given}
    seen = {"at": table.stage, "revision": table.revision, "digest": table.digest}
    return transitions.decide(table, action, by=by, **{**seen, **given})


def walk_to(table: MonitoringTable, stage: str, city: Any) -> MonitoringTable:
    """Approve tier by tier until the table is at `stage`."""
    people = {Stage.HEAD: "head", Stage.DEPARTMENT: "department", Stage.SECTION: "section",
              Stage.PERFORMANCE: "performance"}  # fmt: skip
    table = fresh(table)
    while table.stage != stage:
        decide(table, city.people[people[Stage(table.stage)]])
        table = fresh(table)
    return table


def many_under_review(unit: BudgetUnit, number: int, *, stage: str = Stage.DEPARTMENT, by: User) -> list[int]:
    """Tables of the unit at a stage, made straight in the database, each with its passage; their ids."""
    cycle = Cycle.objects.filter(division=unit.division).first() or factories.make_cycle(unit.division)
    start = BudgetProject.objects.count()
    projects = BudgetProject.objects.bulk_create(
        BudgetProject(
            division=unit.division,
            section=unit.department.section,
            department=unit.department,
            unit=unit,
            year=cycle.year,
            code=f"37078222T9{start + place:011d}",
            name=f"Project {start + place}",
            search_text=f"37078222t9{start + place:011d} project {start + place}",
            nature=ProjectNature.NEW,
            klass=ProjectClass.SPECIFIC,
            objective="Keep going.",
        )
        for place in range(number)
    )
    at = clock.now()
    tables = MonitoringTable.objects.bulk_create(
        MonitoringTable(
            cycle=cycle,
            project=project,
            division=unit.division,
            section=unit.department.section,
            department=unit.department,
            unit=unit,
            stage=stage,
            digest=f"{project.pk:064d}",
            submitted_at=at,
            submitted_by=by,
        )
        for project in projects
    )
    reviews = Review.objects.bulk_create(
        Review(table=t, revision=1, digest=t.digest, snapshot={}, submitted_by=by, opened_at=at)
        for t in tables
    )
    Decision.objects.bulk_create(
        Decision(
            table=table, review=review, action=Action.SUBMIT, from_stage=Stage.FILLING, to_stage=stage,
            revision=1, digest=table.digest, actor=by, at=at,
        )
        for table, review in zip(tables, reviews, strict=True)
    )  # fmt: skip
    return [table.pk for table in tables]


def figures(table_id: int, **given: Any) -> None:
    """Computed figures for a table that was made straight in the database."""
    from monitoring.models import TableFigures

    table = MonitoringTable.objects.get(pk=table_id)
    nodes = ("cycle_id", "division_id", "section_id", "department_id", "unit_id", "project_id")
    given = {name: Decimal(value) if name not in TEXTS else value for name, value in given.items()}
    values = (
        {name: getattr(table, name) for name in nodes} | {"rule_book_id": table.cycle.rule_book_id} | given
    )
    TableFigures.objects.update_or_create(table=table, defaults=values)


TEXTS = ("composite", "mismatch", "mismatch_light", "budget_light", "target_light", "expected_light", "grade")
