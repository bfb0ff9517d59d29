"""What the demo's clerks type: read from the generated files, by project code and month."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from monitoring.checks.registry import Finding
from monitoring.choices import Likelihood
from monitoring.filling import Edit
from monitoring.models import MonitoringTable
from monitoring.snapshots import Sheet

_TABLE_CELLS = (
    "objective_progress",
    "attainable",
    "execution_reason",
    "execution_plan_on",
    "problems",
    "measures",
    "suggestions",
)
_ROW_CELLS = ("likelihood", "expected_value", "causes", "cause_text", "measure")


@dataclass
class Answers:
    """(project code, month) → what is typed into the table, its indicators, and as an explanation."""

    table: dict[tuple[str, int], dict[str, str]] = field(default_factory=dict)
    rows: dict[tuple[str, int], list[dict[str, str]]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def read(cls, actuals: Path, fills: Path) -> Answers:
        answers = cls()
        with fills.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                answers.table[row["project_code"], int(row["month"])] = row
        with actuals.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                answers.rows[row["project_code"], int(row["month"])].append(row)
        return answers

    def edits(self, table: MonitoringTable) -> list[Edit]:
        """Everything the clerk types into the table."""
        key = (table.project.code, table.cycle.month)
        typed = self.table.get(key, {})
        edits = [Edit(cell, typed[cell]) for cell in _TABLE_CELLS if typed.get(cell)]
        for row in self.rows[key]:
            code = row["indicator_code"]
            for name, column in (("actual", "value"), ("level", "level")):
                if row[column]:
                    edits.append(Edit(f"indicator.{code}.{name}", row[column]))
            edits += [Edit(f"indicator.{code}.{name}", row[name]) for name in _ROW_CELLS if row[name]]
        return edits

    def explanation(self, table: MonitoringTable) -> str:
        typed = self.table.get((table.project.code, table.cycle.month), {})
        return typed.get("explanation") or "经与台账、凭证核对，数据属实，后续将按计划加快实施。"


def second_thoughts(sheet: Sheet, errors: list[Finding], typed: dict[str, str]) -> list[Edit]:
    """What a careful clerk adds when the checks complain: the cell that an error names, filled as it asks."""
    edits = {}
    for finding in errors:
        value = _answer(sheet, finding, typed)
        if value is not None:
            edits[finding.cell] = Edit(finding.cell, value)
    return list(edits.values())


def _answer(sheet: Sheet, finding: Finding, typed: dict[str, str]) -> str | None:
    part, _dot, field_name = finding.cell.rpartition(".")
    row = sheet.indicator(part.removeprefix("indicator.")) if part.startswith("indicator.") else None
    if finding.cell.startswith("fund.") and field_name == "expected":
        fund = sheet.fund(part.removeprefix("fund."))
        return (
            format(max(fund.executed, min(fund.expected or fund.adjusted, fund.adjusted)) / 10000, "f")
            if fund
            else None
        )
    texts = {
        "execution_reason": typed.get("execution_reason")
        or "受项目前期手续和验收结算进度影响，资金支付集中在下半年，目前正加快办理。",
        "objective_progress": typed.get("objective_progress")
        or "各项工作按实施方案有序推进，阶段性任务基本完成。",
        "attainable": "0" if finding.check_id == "L26" else "1",
        "causes": "other",
        "cause_text": typed.get("problems") or "受实施条件和季节因素影响，进度较年初计划有所滞后。",
        "measure": typed.get("measures") or "倒排工期，明确责任人，逐月调度，确保年底前完成。",
        "likelihood": Likelihood.POSSIBLE.value if row and row.light == "red" else Likelihood.CERTAIN.value,
    }
    if field_name == "expected_value" and row is not None:
        value = row.actual if row.actual is not None else row.target_low
        return format((value or Decimal(0)).normalize(), "f")
    return texts.get(field_name)
