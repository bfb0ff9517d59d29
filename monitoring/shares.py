"""How much of a table the system filled (自动生成率): cells of form A that need nobody's typing.

A suggestion counts while it stands as suggested. Conditional cells count only where they are asked for or filled.
Source: docs/rules/share-filled.md
"""

from __future__ import annotations

from collections.abc import Iterable

from monitoring.checks.registry import Finding
from monitoring.form import (
    FUND_SYSTEM_CELLS,
    HEAD_CELLS,
    INDICATOR_SYSTEM_CELLS,
    TABLE_COLUMNS,
    TABLE_SYSTEM_CELLS,
)
from monitoring.snapshots import Sheet

_CONDITIONAL = ("execution_reason", "problems", "measures", "suggestions", "target_change_note")
_ROW_CONDITIONAL = ("causes", "cause_text", "measure", "expected_value")


def count(sheet: Sheet, findings: Iterable[Finding]) -> tuple[int, int, int]:
    """(cells that apply, of them filled by the system, of them filled at all)."""
    asked = {finding.cell for finding in findings}
    table, suggested = sheet.table, sheet.suggested
    system = HEAD_CELLS + TABLE_SYSTEM_CELLS + FUND_SYSTEM_CELLS * len(sheet.funds)
    system += INDICATOR_SYSTEM_CELLS * len(sheet.indicators) + len(suggested)
    by_hand: list[tuple[str, object]] = [("objective_progress", table.objective_progress)]
    for name in _CONDITIONAL:
        value = getattr(table, name)
        if value or name in asked:
            by_hand.append((name, value))
    for fund in sheet.funds:
        cell = f"fund.{fund.source}.expected"
        if cell not in suggested:
            by_hand.append((cell, fund.expected is not None))
    for row in sheet.indicators:
        if row.dropped:
            continue
        code = row.indicator.code
        filled = row.level if row.sign == "level" else (row.actual is not None or row.actual_text)
        by_hand.append((f"indicator.{code}.actual", filled))
        by_hand.append((f"indicator.{code}.likelihood", row.likelihood))
        for name in _ROW_CONDITIONAL:
            value = getattr(row, name)
            cell = f"indicator.{code}.{name}"
            if value or cell in asked:
                by_hand.append((cell, value))
    by_hand = [(cell, value) for cell, value in by_hand if cell not in suggested or cell in TABLE_COLUMNS]
    filled_by_hand = sum(1 for _cell, value in by_hand if value)
    return system + len(by_hand), system, system + filled_by_hand
