"""Checks across the tables of a department. Cells are "project.<code>" or a cell of the department's table."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from itertools import combinations, groupby

from django.utils.translation import gettext_lazy as _
from rapidfuzz import fuzz

from monitoring.checks.registry import Hit, Scope, check
from monitoring.checks.texts import substance
from monitoring.checks.wording import wan
from monitoring.choices import Severity
from monitoring.facts import DepartmentFacts, TableFacts, total
from monitoring.rulebook import Rules

COMPARED = ("execution_reason", "problems", "measures")


@check(
    "L40",
    Severity.HINT,
    Scope.DEPARTMENT,
    _("Texts differ between projects"),
    found=(
        _("Projects %(code)s and %(other)s of one unit carry nearly the same text."),
        _("Ask for a text that speaks of the project itself."),
    ),
)
def texts_differ(department: DepartmentFacts, rules: Rules) -> Iterator[Hit]:
    def unit(table: TableFacts) -> str:
        return table.unit_code

    for _unit, group in groupby(sorted(department.tables, key=unit), key=unit):
        tables = list(group)
        for name in COMPARED:
            yield from _alike(tables, name, rules)


def _alike(tables: list[TableFacts], name: str, rules: Rules) -> Iterator[Hit]:
    """Pairs of tables whose texts of this name are alike, short ones left out."""
    texts = [(table.project_code, substance(getattr(table, name))) for table in tables]
    texts = [(code, text) for code, text in texts if text and len(text) >= rules.min_text_length]
    threshold = float(rules.similarity * 100)
    for (code, text), (other, other_text) in combinations(texts, 2):
        if fuzz.ratio(text, other_text) >= threshold:
            yield Hit(f"project.{other}.{name}", params={"code": code, "other": other})


@check(
    "L44",
    Severity.ERROR,
    Scope.DEPARTMENT,
    _("Every funded project is monitored"),
    found=(
        _("Project %(code)s has a budget and is neither monitored nor exempt."),
        _("Add it to the cycle, or exempt it with a reason."),
    ),
)
def coverage_is_complete(department: DepartmentFacts, rules: Rules) -> Iterator[Hit]:
    seen = {table.project_code for table in department.tables} | set(department.exempt_projects)
    for code in department.funded_projects:
        if code not in seen:
            yield Hit(f"project.{code}", params={"code": code})


@check(
    "L45",
    Severity.WARNING,
    Scope.DEPARTMENT,
    _("No project stands twice"),
    code=(
        _("Project %(code)s stands %(number)s times."),
        _("Keep one of them."),
    ),
    name=(
        _("%(number)s projects are called “%(name)s”."),
        _("Explain whether one project was split."),
    ),
)
def projects_stand_once(department: DepartmentFacts, rules: Rules) -> Iterator[Hit]:
    codes = Counter(table.project_code for table in department.tables)
    for code, times in codes.items():
        if times > 1:
            yield Hit(f"project.{code}", "code", {"code": code, "number": times})
    by_name: dict[str, set[str]] = {}
    for table in department.tables:
        by_name.setdefault(substance(table.project_name), set()).add(table.project_code)
    for name, same in by_name.items():
        if name and len(same) > 1:
            yield Hit(f"project.{min(same)}", "name", {"name": name, "number": len(same)})


@check(
    "L48",
    Severity.ERROR,
    Scope.DEPARTMENT,
    _("The department's totals add up"),
    units=(
        _("The department states %(stated)s, its units add up to %(summed)s."),
        _("Correct the department's table, or the unit's that is wrong."),
    ),
    kinds=(
        _("Basic and project spending add up to %(summed)s, the total says %(stated)s."),
        _("Correct the rows or the total."),
    ),
)
def department_adds_up(department: DepartmentFacts, rules: Rules) -> Iterator[Hit]:
    for name in ("adjusted", "executed"):
        stated = getattr(department, f"stated_{name}")
        summed = total([getattr(table, name) for table in department.tables])
        if stated is not None and stated != (summed or Decimal(0)):
            yield Hit(f"stated_{name}", "units", {"stated": wan(stated), "summed": wan(summed or Decimal(0))})
    parts = (department.basic_adjusted, department.project_adjusted)
    if department.whole_adjusted is not None and None not in parts:
        summed = total(list(parts))
        if summed != department.whole_adjusted:
            amounts = {"stated": wan(department.whole_adjusted), "summed": wan(summed)}
            yield Hit("whole_adjusted", "kinds", amounts)


@check(
    "L49",
    Severity.WARNING,
    Scope.DEPARTMENT,
    _("The report's numbers are those of the tables"),
    live=False,
    reason="needs the text of the department report",
    found=(
        _("The report says %(stated)s where the tables say %(summed)s."),
        _("Correct the report."),
    ),
)
def report_agrees(department: DepartmentFacts, rules: Rules) -> Iterator[Hit]:
    yield from ()
