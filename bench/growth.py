"""The recompute of a province: the city's projects copied until there are enough, the same reference."""

from __future__ import annotations

from math import log

from django.db import connection, models

from bench.dataset import september
from bench.measure import Result, alone, analyse, is_quick, memory_mb, rounds_asked
from bench.recompute import against_sql, moved
from monitoring.models import FundRow, MonitoringTable
from monitoring.recompute import recompute
from projects.models import BudgetProject, FundingLine, LineMonths

PROJECTS = 20_000


def main() -> None:
    cycle = september()
    number = cycle.tables.count()
    small = alone(lambda: recompute(cycle), rounds=rounds_asked(), before=moved(cycle))
    copies = (200 if is_quick() else PROJECTS) // number
    multiply(cycle.pk, copies)
    analyse()
    idle = memory_mb()
    total = cycle.tables.count()
    against_sql("recompute", cycle, total, idle)
    large = alone(lambda: recompute(cycle), rounds=rounds_asked(), before=moved(cycle))
    exponent = log(large / small) / log(total / number)
    Result("recompute, growth", total, large, f"seconds grow with N to the power of {exponent:.2f} over", small,
           large / small, goal="power ≤ 1.05").emit()  # fmt: skip


def multiply(cycle_id: int, copies: int) -> None:
    """Copy every project of the cycle, with lines, months, its table and its fund rows, so many times."""
    steps: dict[type[models.Model], int] = {}
    for model in (BudgetProject, FundingLine, MonitoringTable, FundRow):
        steps[model] = (model._default_manager.aggregate(most=models.Max("pk"))["most"] or 0) + 1

    def later(model: type[models.Model], column: str) -> str:
        return f"{column} + k.k * {steps[model]}"

    project, table = later(BudgetProject, "id"), later(MonitoringTable, "id")
    tables = f"FROM monitoring_monitoringtable WHERE cycle_id = {cycle_id} AND id < {steps[MonitoringTable]}"
    lines = (
        f"SELECT id FROM projects_fundingline WHERE id < {steps[FundingLine]} "
        f"AND project_id IN (SELECT project_id {tables})"
    )
    _copy(
        BudgetProject,
        copies,
        f"id IN (SELECT project_id {tables})",
        id=project,
        code=f"substr(code, 1, 9) || {_digits(project, 12)}",
        public_id=f"'p' || {_digits(project, 11)}",
    )
    project = later(BudgetProject, "project_id")
    line = later(FundingLine, "id")
    _copy(FundingLine, copies, f"id IN ({lines})", id=line, project_id=project)
    line = later(FundingLine, "line_id")
    _copy(LineMonths, copies, f"line_id IN ({lines})", line_id=line, project_id=project)
    public = f"'t' || {_digits(table, 11)}"
    _copy(
        MonitoringTable, copies, f"id IN (SELECT id {tables})", id=table, project_id=project, public_id=public
    )
    fund, table = later(FundRow, "id"), later(MonitoringTable, "table_id")
    _copy(FundRow, copies, f"table_id IN (SELECT id {tables})", id=fund, table_id=table)


def _digits(number: str, width: int) -> str:
    """The number with leading zeros; both engines understand it."""
    return f"substr(CAST({10**width} + {number} AS text), 2)"


def _copy(model: type[models.Model], copies: int, which: str, **changed: str) -> None:
    columns = [field.column for field in model._meta.concrete_fields]
    quoted = ", ".join(f'"{name}"' for name in columns)
    chosen = ", ".join(changed.get(name, f'"{name}"') for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {model._meta.db_table} ({quoted}) "
            f"WITH RECURSIVE k (k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM k WHERE k < {copies}) "
            f"SELECT {chosen} FROM {model._meta.db_table} CROSS JOIN k WHERE {which}"
        )
