"""Taking a budget workbook: whole or not at all, and the second time it changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction

from foundation import audit
from foundation.errors import BadInput
from foundation.outbox import owe
from organisation.models import BudgetUnit, BusinessSection, Department, Division
from projects import folds
from projects.budget_file import BudgetFile, Known
from projects.models import (
    BudgetAdjustment,
    BudgetProject,
    FundingLine,
    ImportBatch,
    Indicator,
    Receipt,
    SecretExclusion,
)
from projects.naming import search_text
from projects.syncing import Counts, Difference, Key, compare, write

Progress = Callable[[int, int, str], None]


def nothing(_done: int, _total: int, _note: str = "") -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class Plan:
    """What a workbook would change, by kind of row; made without writing anything."""

    budget: BudgetFile
    division_code: str
    year: int
    differences: dict[str, Difference]

    def counts(self) -> dict[str, Counts]:
        result = {}
        for key, difference in self.differences.items():
            result[key] = difference.counts
            result[key].refused = self.budget.secret_rows[key]
        return result


def known_codes() -> Known:
    """What a workbook may refer to without repeating it."""

    def codes(model: type[models.Model]) -> frozenset[str]:
        return frozenset(model._default_manager.values_list("code", flat=True))

    return Known(codes(Division), codes(BusinessSection), codes(Department), codes(BudgetUnit))


def make_plan(budget: BudgetFile) -> Plan:
    """Hold a checked workbook against the database. Raises BadInput when it has faults."""
    if budget.faults:
        raise BadInput(budget.faults)
    _division_rows(budget)
    counties = [row for row in budget.rows("divisions") if row["level"] == "county"]
    division_code = (counties or budget.rows("divisions"))[-1]["code"]
    year = max((row["year"] for row in budget.rows("projects")), default=0)
    differences = {kind.key: kind.compare(budget, division_code, year) for kind in KINDS}
    return Plan(budget, division_code, year, differences)


@transaction.atomic
def apply_plan(plan: Plan, batch: ImportBatch | None, *, progress: Progress = nothing) -> dict[str, Counts]:
    """Write a plan in one transaction with its audit row; returns the counts.

    Roll-ups and open tables follow through the outbox ("projects.changed").
    """
    ids = _Ids(plan)
    for place, kind in enumerate(KINDS):
        progress(place, len(KINDS), kind.key)
        kind.write(plan.differences[kind.key], ids, batch)
        ids.forget()
    if batch is not None and batch.division_id is None:
        batch.division = ids.division
        batch.save(update_fields=["division"])
    touched = _touched_projects(plan)
    folds.rebuild(ids.project(code) for code in touched)
    for department, projects in plan.budget.secret.items():
        SecretExclusion.objects.update_or_create(
            division=ids.division, year=plan.year, department_name=department, defaults={"projects": projects}
        )
    if any(difference.new or difference.changed for difference in plan.differences.values()):
        owe(
            "projects.changed",
            f"{ids.division.pk}-{plan.year}",
            {"division": ids.division.pk, "year": plan.year},
        )
        audit.record(
            "projects.budget_imported",
            batch,
            actor=batch.uploaded_by if batch else None,
            after={key: counts.as_dict() for key, counts in plan.counts().items()},
            division_id=ids.division.pk,
        )
    return plan.counts()


def _touched_projects(plan: Plan) -> set[str]:
    touched: set[str] = set()
    for key in ("funding", "adjustments", "receipts"):
        difference = plan.differences[key]
        touched |= {each[0] for each in (*difference.new, *difference.changed)}
    return touched


class _Ids:
    """Numbers of rows by their codes, read when first asked for after each step."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._kept: dict[str, dict[Any, Any]] = {}

    def forget(self) -> None:
        self._kept.clear()

    @property
    def division(self) -> Division:
        return self._map("division", lambda: {"": Division.objects.get(code=self.plan.division_code)})[""]

    def node(self, model: type[models.Model], code: str) -> int:
        return self._map(model.__name__, lambda: self._nodes(model))[code]

    def unit(self, code: str) -> tuple[int, int, int]:
        """(unit, department, section) of a unit's code."""
        return self._map("unit", self._units)[code]

    def project(self, code: str) -> int:
        return self._map("project", self._projects)[code]

    def line(self, code: str, source: str) -> int:
        return self._map("line", self._lines)[code, source]

    def _nodes(self, model: type[models.Model]) -> dict[str, int]:
        rows = model._default_manager.filter(division=self.division)
        return dict(rows.values_list("code", "pk"))

    def _units(self) -> dict[str, tuple[int, int, int]]:
        rows = BudgetUnit.objects.filter(division=self.division)
        found = rows.values_list("code", "pk", "department_id", "department__section_id")
        return {code: (pk, department, section) for code, pk, department, section in found}

    def _projects(self) -> dict[str, int]:
        rows = BudgetProject.objects.filter(division=self.division, year=self.plan.year)
        return dict(rows.values_list("code", "pk"))

    def _lines(self) -> dict[tuple[str, str], int]:
        rows = FundingLine.objects.filter(project__division=self.division, project__year=self.plan.year)
        found = rows.values_list("project__code", "source", "pk")
        return {(project, source): pk for project, source, pk in found}

    def _map(self, name: str, read: Callable[[], dict[Any, Any]]) -> dict[Any, Any]:
        if name not in self._kept:
            self._kept[name] = read()
        return self._kept[name]


@dataclass(frozen=True)
class Kind:
    """How one sheet's rows meet their table."""

    key: str
    model: type[models.Model]
    identity: tuple[str, ...]
    values: tuple[str, ...]
    unique: tuple[str, ...]
    update: tuple[str, ...]
    build: Callable[[Key, dict[str, Any], _Ids, ImportBatch | None], models.Model]
    scope: Callable[[str, int], dict[str, Any]] = lambda _division, _year: {}
    # A row may name an earlier row of the same sheet: divisions and their parents.
    refers_to_itself: bool = False
    row_key: tuple[str, ...] = ()
    row_values: tuple[str, ...] = ()

    def compare(self, budget: BudgetFile, division: str, year: int) -> Difference:
        wanted = dict(self._wanted(budget))
        rows = self.model._default_manager.filter(**self.scope(division, year)).order_by()
        return compare(rows, key=self.identity, values=self.values, wanted=wanted)

    def _wanted(self, budget: BudgetFile) -> Iterable[tuple[Key, tuple[Any, ...]]]:
        names = self.row_values or self.values
        keys = self.row_key or self.identity
        positions: dict[str, int] = {}
        for row in budget.rows(self.key):
            if "position" in names:
                place = positions[row["project_code"]] = positions.get(row["project_code"], 0) + 1
                row.values["position"] = place
            yield (
                tuple(_plain(row.get(name)) for name in keys),
                tuple(_plain(row.get(name)) for name in names),
            )

    def write(self, difference: Difference, ids: _Ids, batch: ImportBatch | None) -> None:
        names = self.row_values or self.values

        def build(key: Key, values: tuple[Any, ...]) -> models.Model:
            return self.build(key, dict(zip(names, values, strict=True)), ids, batch)

        for part in difference.one_by_one() if self.refers_to_itself else [difference]:
            write(self.model, part, build, unique=self.unique, update=self.update)


def _plain(value: Any) -> Any:
    """Enum members as their value, so that they compare equal to what the database gives."""
    return value.value if isinstance(value, models.TextChoices) else value


def _division_rows(budget: BudgetFile) -> None:
    for row in budget.rows("divisions"):
        row.values["parent_code"] = row["parent_code"] or None


def _of_division(division: str, _year: int) -> dict[str, Any]:
    return {"division__code": division}


def _of_year(division: str, year: int) -> dict[str, Any]:
    return {"division__code": division, "year": year}


def _of_project(division: str, year: int) -> dict[str, Any]:
    return {"project__division__code": division, "project__year": year}


def _of_line(division: str, year: int) -> dict[str, Any]:
    return {"line__project__division__code": division, "line__project__year": year}


def _division(key: Key, values: dict[str, Any], ids: _Ids, _batch: ImportBatch | None) -> Division:
    parent = Division.objects.filter(code=values["parent_code"] or "").first()
    return Division(
        code=key[0], name=values["name"], parent=parent, is_bureau=key[0] == ids.plan.division_code
    )


def _section(key: Key, values: dict[str, Any], ids: _Ids, _batch: ImportBatch | None) -> BusinessSection:
    return BusinessSection(division=ids.division, code=key[0], name=values["name"])


def _department(key: Key, values: dict[str, Any], ids: _Ids, _batch: ImportBatch | None) -> Department:
    section = ids.node(BusinessSection, values["section_code"])
    return Department(division=ids.division, code=key[0], name=values["name"], section_id=section)


def _unit(key: Key, values: dict[str, Any], ids: _Ids, _batch: ImportBatch | None) -> BudgetUnit:
    department = ids.node(Department, values["department_code"])
    return BudgetUnit(division=ids.division, code=key[0], name=values["name"], department_id=department)


def _project(key: Key, values: dict[str, Any], ids: _Ids, _batch: ImportBatch | None) -> BudgetProject:
    unit, department, section = ids.unit(values["unit_code"])
    given = {name: value for name, value in values.items() if name != "unit_code"}
    return BudgetProject(
        division_id=ids.division.pk,
        section_id=section,
        department_id=department,
        unit_id=unit,
        year=ids.plan.year,
        code=key[0],
        search_text=search_text(key[0], given["name"]),
        **given,
    )


def _line(key: Key, values: dict[str, Any], ids: _Ids, _batch: ImportBatch | None) -> FundingLine:
    return FundingLine(project_id=ids.project(key[0]), source=key[1], **values)


def _pk(batch: ImportBatch | None) -> int | None:
    """Rows are built from numbers: handing over the object costs as much as all their other columns."""
    return batch.pk if batch else None


def _adjustment(key: Key, values: dict[str, Any], ids: _Ids, batch: ImportBatch | None) -> BudgetAdjustment:
    return BudgetAdjustment(
        line_id=ids.line(key[0], key[1]), document_no=key[2], batch_id=_pk(batch), **values
    )


def _receipt(key: Key, values: dict[str, Any], ids: _Ids, batch: ImportBatch | None) -> Receipt:
    return Receipt(line_id=ids.line(key[0], key[1]), document_no=key[2], batch_id=_pk(batch), **values)


def _indicator(key: Key, values: dict[str, Any], ids: _Ids, _batch: ImportBatch | None) -> Indicator:
    return Indicator(project_id=ids.project(key[0]), code=key[1], **values)


_PROJECT_VALUES = (
    "name",
    "kind",
    "nature",
    "klass",
    "starts_on",
    "ends_on",
    "manager",
    "phone",
    "key_monitored",
    "objective",
)
_INDICATOR_VALUES = (
    "position",
    "level1",
    "level2",
    "name",
    "sign",
    "target_low",
    "target_high",
    "target_text",
    "unit",
    "weight",
    "accrual",
    "due_on",
    "dropped",
)

KINDS = (
    Kind(
        "divisions",
        Division,
        ("code",),
        ("name", "parent__code"),
        ("code",),
        ("name", "parent", "is_bureau"),
        _division,
        refers_to_itself=True,
        row_values=("name", "parent_code"),
    ),
    Kind(
        "sections",
        BusinessSection,
        ("code",),
        ("name",),
        ("division", "code"),
        ("name",),
        _section,
        _of_division,
    ),
    Kind(
        "departments",
        Department,
        ("code",),
        ("name", "section__code"),
        ("division", "code"),
        ("name", "section"),
        _department,
        _of_division,
        row_values=("name", "section_code"),
    ),
    Kind(
        "units",
        BudgetUnit,
        ("code",),
        ("name", "department__code"),
        ("division", "code"),
        ("name", "department"),
        _unit,
        _of_division,
        row_values=("name", "department_code"),
    ),
    Kind(
        "projects",
        BudgetProject,
        ("code",),
        ("unit__code", *_PROJECT_VALUES),
        ("division", "year", "code"),
        ("section", "department", "unit", "search_text", *_PROJECT_VALUES),
        _project,
        _of_year,
        row_key=("project_code",),
        row_values=("unit_code", *_PROJECT_VALUES),
    ),
    Kind(
        "funding",
        FundingLine,
        ("project__code", "source"),
        ("initial", "opening_reason"),
        ("project", "source"),
        ("initial", "opening_reason"),
        _line,
        _of_project,
        row_key=("project_code", "source"),
    ),
    Kind(
        "adjustments",
        BudgetAdjustment,
        ("line__project__code", "line__source", "document_no"),
        ("on", "amount", "kind", "reason"),
        ("line", "document_no"),
        ("on", "amount", "kind", "reason", "batch"),
        _adjustment,
        _of_line,
        row_key=("project_code", "source", "document_no"),
    ),
    Kind(
        "receipts",
        Receipt,
        ("line__project__code", "line__source", "document_no"),
        ("on", "amount"),
        ("line", "document_no"),
        ("on", "amount", "batch"),
        _receipt,
        _of_line,
        row_key=("project_code", "source", "document_no"),
    ),
    Kind(
        "indicators",
        Indicator,
        ("project__code", "code"),
        _INDICATOR_VALUES,
        ("project", "code"),
        _INDICATOR_VALUES,
        _indicator,
        _of_project,
        row_key=("project_code", "code"),
    ),
)
