"""The checks that look across the tables of a department (L40, L44, L45, L48), for one department or for all.

However many departments and tables, the number of queries is the same.
Source: docs/rules/checks.md
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext as _

from monitoring.books import rules_of
from monitoring.checks.department import COMPARED
from monitoring.checks.registry import Finding, run_department_checks
from monitoring.choices import Severity
from monitoring.facts import DepartmentFacts, TableFacts
from monitoring.models import Cycle, CycleScope, MonitoringTable
from monitoring.opening import funded_projects
from monitoring.stages import CycleState
from organisation.models import Department, User
from organisation.roles import Role
from organisation.scope import scope_of

SHOWN = 50


@dataclass(frozen=True)
class Line:
    """A finding with the public_id of the project it speaks of, "" when it is about the whole."""

    finding: Finding
    project: str

    @property
    def word(self) -> str:
        """Its severity; nobody explains a department's warning in the system."""
        words = {Severity.ERROR: _("Error"), Severity.WARNING: _("Warning"), Severity.HINT: _("Hint")}
        return words[Severity(self.finding.severity)]

    @property
    def icon(self) -> str:
        icons = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.HINT: "info"}
        return icons[Severity(self.finding.severity)]


@dataclass(frozen=True)
class DepartmentFindings:
    """What stands against a department as a whole in one cycle, errors first."""

    cycle: Cycle
    department: Department
    findings: list[Finding]
    # Project code → public_id, for the way to the project.
    projects: dict[str, str]

    @property
    def errors(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.severity == Severity.ERROR]

    @property
    def lines(self) -> list[Line]:
        """The first findings as a page lists them."""
        return [Line(each, self.project_of(each)) for each in self.findings[:SHOWN]]

    @property
    def more(self) -> int:
        """How many findings `lines` leaves out."""
        return max(0, len(self.findings) - SHOWN)

    def project_of(self, finding: Finding) -> str:
        """The public_id of the project a finding speaks of; "" when it is about the whole."""
        return self.projects.get(_code(finding.cell), "")


def departments_held(user: User, division_id: int) -> list[Department]:
    """The departments of a division that the person holds whole: as its reviewer, its section or its bureau."""
    scope = scope_of(user)
    held = Q(pk__in=scope.departments) | Q(section__in=scope.sections) | Q(division__in=scope.divisions)
    return list(Department.objects.filter(held, division=division_id).order_by("code"))


def check_own_departments(user: User, cycles: Iterable[Cycle]) -> list[DepartmentFindings]:
    """What stands against the departments the person reviews for, in those of the cycles that are open.

    Three queries for each open cycle, of which a bureau has one or two, and one more; none for whoever reviews
    for no department. The cycles need their rule book selected.
    """
    open_cycles = [cycle for cycle in cycles if cycle.state == CycleState.OPEN]
    own = scope_of(user).at(Role.DEPARTMENT)
    if not own or not open_cycles:
        return []
    departments = list(Department.objects.filter(pk__in=own).order_by("code"))
    return [found for cycle in open_cycles for found in check_departments(cycle, departments, texts=True)]


def check_departments(
    cycle: Cycle, departments: Collection[Department], *, texts: bool = False
) -> list[DepartmentFindings]:
    """What the checks find in each department, those without findings left out. Three queries.

    texts: also compare the texts of a unit's tables with each other (L40), which takes the time of every pair.
    The cycle needs its rule book selected.
    """
    rules = rules_of(cycle.rule_book)
    projects: dict[str, str] = {}
    facts = _facts(cycle, departments, projects, texts=texts)
    found = [
        DepartmentFindings(cycle, department, run_department_checks(facts[department.pk], rules), projects)
        for department in departments
    ]
    return [each for each in found if each.findings]


def _facts(
    cycle: Cycle, departments: Collection[Department], projects: dict[str, str], *, texts: bool
) -> dict[int, DepartmentFacts]:
    ids = [department.pk for department in departments]
    tables: dict[int, list[TableFacts]] = defaultdict(list)
    for department_id, public_id, table in _tables(cycle, ids, texts=texts):
        tables[department_id].append(table)
        projects[table.project_code] = public_id
    exempt: dict[int, list[str]] = defaultdict(list)
    rows = CycleScope.objects.filter(cycle=cycle, exempt=True, project__unit__department__in=ids)
    for department_id, code in rows.values_list("project__unit__department_id", "project__code"):
        exempt[department_id].append(code)
    funded: dict[int, list[str]] = defaultdict(list)
    for department_id, code, public_id in _funded(cycle, ids):
        funded[department_id].append(code)
        projects[code] = public_id
    return {
        department.pk: DepartmentFacts(
            code=department.code,
            name=department.name,
            tables=tuple(tables[department.pk]),
            funded_projects=tuple(funded[department.pk]),
            exempt_projects=tuple(exempt[department.pk]),
        )
        for department in departments
    }


def _tables(cycle: Cycle, ids: list[int], *, texts: bool) -> Iterator[tuple[int, str, TableFacts]]:
    """(department, public_id of the project, what its table says across projects)."""
    names = ("project__code", "project__name", "unit__code")
    rows = MonitoringTable.objects.filter(cycle=cycle, department__in=ids).order_by("project__code")
    columns = ("department_id", "project__public_id", *names, *(COMPARED if texts else ()))
    for department_id, public_id, code, name, unit, *compared in rows.values_list(*columns):
        said = dict(zip(COMPARED, compared, strict=False))
        yield (
            department_id,
            public_id,
            TableFacts(project_code=code, project_name=name, unit_code=unit, **said),
        )


def _funded(cycle: Cycle, ids: list[int]) -> Iterator[tuple[int, str, str]]:
    """Funded projects by the department their unit is in now.

    A project whose table another department brought into the cycle, before its unit moved, is monitored there.
    """
    elsewhere = MonitoringTable.objects.filter(cycle=cycle, project=OuterRef("pk")).exclude(
        department=OuterRef("unit__department")
    )
    rows = funded_projects(cycle.division_id, cycle.year).filter(unit__department__in=ids)
    rows = rows.exclude(Exists(elsewhere)).annotate(of_department=F("unit__department_id")).order_by("code")
    yield from rows.values_list("of_department", "code", "public_id")


def _code(cell: str) -> str:
    """The project code in a finding's cell: "project.<code>" or "project.<code>.<name of a text>"."""
    parts = cell.split(".")
    return parts[1] if parts[0] == "project" and len(parts) > 1 else ""
