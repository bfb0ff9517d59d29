"""The reference of the recompute: the same figures in the same tables by SQL written by hand.

Four statements: fund rows, newer figures, figures, sums. Join first, write only rows that differ, whole numbers only.
Equal to monitoring.recompute to the fen; bench.recompute checks it.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection, transaction

from monitoring.books import rules_of
from monitoring.choices import Grade, Light, Mismatch
from monitoring.models import Cycle
from monitoring.rollups import COLUMN_OF_STAGE, COUNTS, MONEY
from monitoring.stages import EDITABLE_STAGES

MILLION = 1_000_000
_EDITABLE = ", ".join(f"'{stage}'" for stage in EDITABLE_STAGES)
_FUND = ["initial", "change", "change_reason", "adjusted", "in_place", "executed"]
_NODES = ["cycle_id", "division_id", "section_id", "department_id", "unit_id", "project_id"]
_FIGURES = [
    *_NODES, "initial", "adjusted", "in_place", "executed", "expected", "execution_rate", "prorated_rate", "in_place_rate",
    "expected_rate", "weighted_completion", "weighted_attainment", "gap", "mismatch", "mismatch_light", "budget_light",
    "target_light", "expected_light", "composite", "execution_score", "target_score", "score", "grade", "rule_book_id",
]  # fmt: skip


def recompute(cycle: Cycle) -> int:
    """Bring a cycle's fund rows, figures and sums up to date; returns rows written."""
    written = 0
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in statements(cycle):
            cursor.execute(statement)
            written += cursor.rowcount
    return written


def statements(cycle: Cycle) -> list[str]:
    return [_fund_rows(cycle), _newer(cycle), _figures(cycle), _sums(cycle)]


def _differs(columns: Iterable[str]) -> str:
    unequal = "IS DISTINCT FROM" if connection.vendor == "postgresql" else "IS NOT"
    return " OR ".join(f"k.{name} {unequal} g.{name}" for name in columns)


def _updates(columns: Iterable[str]) -> str:
    return ", ".join(f"{name} = EXCLUDED.{name}" for name in columns)


def _months(cycle: Cycle, measure: str) -> str:
    summed = " + ".join(f"m.{measure}_{month}" for month in range(1, cycle.month + 1))
    return f"COALESCE({summed}, 0)"


def _lines(cycle: Cycle) -> str:
    """The fund rows of the cycle as the budget system has them."""
    return f"""
        SELECT t.id AS table_id, t.stage, l.source, l.initial, {_months(cycle, "change")} AS change,
            COALESCE((SELECT a.reason FROM projects_budgetadjustment a
                WHERE a.line_id = l.id AND a."on" <= '{cycle.cut_off}' AND a.reason <> ''
                ORDER BY a."on" DESC LIMIT 1), '') AS change_reason,
            l.initial + {_months(cycle, "change")} AS adjusted, {_months(cycle, "received")} AS in_place,
            {_months(cycle, "paid")} AS executed
        FROM monitoring_monitoringtable t
        JOIN projects_fundingline l ON l.project_id = t.project_id
        LEFT JOIN projects_linemonths m ON m.line_id = l.id
        WHERE t.cycle_id = {cycle.pk}"""


def _fund_rows(cycle: Cycle) -> str:
    columns = ", ".join(_FUND)
    given = ", ".join(f"g.{name}" for name in _FUND)
    pace = f"g.executed * 12 / {cycle.month}"
    expected = (
        f"CASE WHEN g.executed >= g.adjusted THEN g.executed "
        f"WHEN {pace} < g.adjusted THEN {pace} ELSE g.adjusted END"
    )
    previous = (
        f"(SELECT b.executed FROM monitoring_fundrow b JOIN monitoring_monitoringtable o ON o.id = b.table_id "
        f"JOIN monitoring_monitoringtable n ON n.project_id = o.project_id "
        f"WHERE n.id = g.table_id AND o.cycle_id = {cycle.previous_id or 0} AND b.source = g.source)"
    )
    return f"""
        INSERT INTO monitoring_fundrow (table_id, source, {columns}, expected, previous_executed, version)
        WITH g AS MATERIALIZED ({_lines(cycle)} AND t.stage IN ({_EDITABLE}))
        SELECT g.table_id, g.source, {given}, {expected}, {previous}, 1
        FROM g LEFT JOIN monitoring_fundrow k ON k.table_id = g.table_id AND k.source = g.source
        WHERE k.table_id IS NULL OR {_differs(_FUND)}
        ON CONFLICT (table_id, source) DO UPDATE SET {_updates(_FUND)}"""


def _newer(cycle: Cycle) -> str:
    return f"""
        UPDATE monitoring_monitoringtable SET newer_figures = true WHERE NOT newer_figures AND id IN (
            SELECT k.table_id FROM ({_lines(cycle)} AND t.stage NOT IN ({_EDITABLE})) g
            JOIN monitoring_fundrow k ON k.table_id = g.table_id AND k.source = g.source
            WHERE {_differs(["adjusted", "executed", "in_place"])})"""


def _ratio(above: str, below: str) -> str:
    """Millionths, half up; `below` is never negative."""
    return (
        f"CASE WHEN {below} = 0 THEN NULL WHEN {above} >= 0 THEN (2000000 * {above} + {below}) / (2 * {below}) "
        f"ELSE -((-2000000 * {above} + {below}) / (2 * {below})) END"
    )


def _figures(cycle: Cycle) -> str:
    rules = rules_of(cycle.rule_book)
    red, yellow = int(rules.red_below * MILLION), int(rules.yellow_below * MILLION)
    gap_red, gap_yellow = int(rules.gap_red_above * MILLION), int(rules.gap_yellow_above * MILLION)
    floor = rules.floors.get(cycle.month)
    under_floor = f"execution_rate < {int(floor * MILLION)}" if floor is not None else "false"
    floor_is_red = under_floor if rules.floor_light == Light.RED else "false"
    nodes = ", ".join(f"t.{name}" for name in _NODES)
    columns = ", ".join(_FIGURES)
    given = ", ".join(f"g.{name}" for name in _FIGURES)
    totals = ", ".join(
        f"CAST(COALESCE(SUM(f.{name}), 0) AS bigint) AS {name}"
        for name in ("initial", "adjusted", "in_place", "executed")
    )
    worst = " ".join(
        f"WHEN '{light}' IN (budget_light, target_light, expected_light) THEN '{light}'"
        for light in (Light.RED, Light.YELLOW, Light.GREEN, Light.BLUE)
    )
    bounds = (
        (rules.excellent_from, Grade.EXCELLENT),
        (rules.good_from, Grade.GOOD),
        (rules.fair_from, Grade.FAIR),
    )
    grades = " ".join(f"WHEN score >= {int(bound * 10_000)} THEN '{grade}'" for bound, grade in bounds)
    return f"""
        INSERT INTO monitoring_tablefigures (table_id, {columns})
        WITH summed AS MATERIALIZED (
            SELECT f.table_id, {totals},
                CASE WHEN COUNT(f.id) = COUNT(f.expected) THEN CAST(SUM(f.expected) AS bigint) END AS expected
            FROM monitoring_fundrow f JOIN monitoring_monitoringtable t ON t.id = f.table_id
            WHERE t.cycle_id = {cycle.pk} GROUP BY f.table_id),
        rated AS MATERIALIZED (
            SELECT t.id AS table_id, {nodes}, COALESCE(s.initial, 0) AS initial, COALESCE(s.adjusted, 0) AS adjusted,
                COALESCE(s.in_place, 0) AS in_place, COALESCE(s.executed, 0) AS executed, s.expected,
                {_ratio("s.executed", "s.adjusted")} AS execution_rate,
                {_ratio("(12 * s.executed)", f"({cycle.month} * s.adjusted)")} AS prorated_rate,
                {_ratio("s.in_place", "s.adjusted")} AS in_place_rate,
                {_ratio("s.expected", "s.adjusted")} AS expected_rate,
                t.weighted_completion, t.weighted_attainment, t.indicator_light AS target_light,
                t.likelihood_light AS expected_light
            FROM monitoring_monitoringtable t LEFT JOIN summed s ON s.table_id = t.id
            WHERE t.cycle_id = {cycle.pk}),
        lit AS MATERIALIZED (
            SELECT rated.*, weighted_completion - execution_rate AS gap,
                CASE WHEN prorated_rate IS NULL THEN 'grey' WHEN prorated_rate < {red} OR {floor_is_red} THEN 'red'
                    WHEN prorated_rate < {yellow} OR {under_floor} THEN 'yellow' ELSE 'green' END AS budget_light,
                {_points(int(rules.execution_weight * MILLION), "prorated_rate")} AS execution_score,
                {_points(int(rules.indicator_weight * MILLION), "weighted_attainment")} AS target_score
            FROM rated),
        judged AS MATERIALIZED (
            SELECT lit.*, execution_score + target_score AS score,
                CASE WHEN gap IS NULL THEN '' WHEN gap > {gap_yellow} THEN '{Mismatch.TARGET_AHEAD}'
                    WHEN gap < -{gap_yellow} THEN '{Mismatch.MONEY_AHEAD}' ELSE '{Mismatch.CONSISTENT}' END AS mismatch,
                CASE WHEN gap IS NULL THEN 'grey' WHEN ABS(gap) > {gap_red} THEN 'red'
                    WHEN ABS(gap) > {gap_yellow} THEN 'yellow' ELSE 'green' END AS mismatch_light,
                CASE {worst} ELSE 'grey' END AS composite, {cycle.rule_book_id} AS rule_book_id
            FROM lit),
        g AS MATERIALIZED (
            SELECT judged.*, CASE WHEN score IS NULL THEN '' {grades} ELSE '{Grade.POOR}' END AS grade FROM judged)
        SELECT g.table_id, {given} FROM g LEFT JOIN monitoring_tablefigures k ON k.table_id = g.table_id
        WHERE k.table_id IS NULL OR {_differs(_FIGURES)}
        ON CONFLICT (table_id) DO UPDATE SET {_updates(_FIGURES)}"""


def _points(weight: int, share: str) -> str:
    """Weight (millionths) × share (millionths), as ten-thousandths of a point rounded to the hundredth."""
    return (
        f"CASE WHEN {share} IS NULL THEN NULL WHEN {share} <= 0 THEN 0 "
        f"WHEN {share} >= {MILLION} THEN {(weight * MILLION + 5 * 10**9) // 10**10 * 100} "
        f"ELSE ({share} * {weight} + {5 * 10**9}) / {10**10} * 100 END"
    )


def _sums(cycle: Cycle) -> str:
    values = [*COUNTS, *MONEY, "score_sum"]
    columns = ", ".join(values)
    given = ", ".join(f"g.{name}" for name in values)
    return f"""
        INSERT INTO monitoring_rollup (cycle_id, level, node_id, {columns})
        WITH g AS MATERIALIZED ({_grouped(cycle)})
        SELECT {cycle.pk}, g.level, g.node_id, {given} FROM g
        LEFT JOIN monitoring_rollup k ON k.cycle_id = {cycle.pk} AND k.level = g.level AND k.node_id = g.node_id
        WHERE k.id IS NULL OR {_differs(values)}
        ON CONFLICT (cycle_id, level, node_id) DO UPDATE SET {_updates(values)}"""


_LEVELS = {
    "unit": "unit_id",
    "department": "department_id",
    "section": "section_id",
    "division": "division_id",
}


def _grouped(cycle: Cycle) -> str:
    """All levels at once where the engine can, else one after the other."""
    rest = f"FROM monitoring_monitoringtable t LEFT JOIN monitoring_tablefigures f ON f.table_id = t.id WHERE t.cycle_id = {cycle.pk}"
    if connection.vendor != "postgresql":
        parts = (
            f"SELECT '{level}' AS level, t.{column} AS node_id, {_aggregates()} {rest} GROUP BY t.{column}"
            for level, column in _LEVELS.items()
        )
        return " UNION ALL ".join(parts)
    level = " ".join(f"WHEN GROUPING(t.{column}) = 0 THEN '{name}'" for name, column in _LEVELS.items())
    node = " ".join(f"WHEN GROUPING(t.{column}) = 0 THEN t.{column}" for column in _LEVELS.values())
    sets = ", ".join(f"(t.{column})" for column in _LEVELS.values())
    return (
        f"SELECT CASE {level} END AS level, CASE {node} END AS node_id, {_aggregates()} {rest} "
        f"GROUP BY GROUPING SETS ({sets})"
    )


def _aggregates() -> str:
    def counted(condition: str, name: str) -> str:
        return f"COUNT(CASE WHEN {condition} THEN 1 END) AS {name}"

    def summed(column: str, name: str) -> str:
        return f"CAST(COALESCE(SUM({column}), 0) AS bigint) AS {name}"

    parts = ["COUNT(*) AS tables"]
    parts += [counted(f"t.stage = '{stage}'", name) for stage, name in COLUMN_OF_STAGE.items()]
    parts += [counted(f"f.composite = '{light}'", light) for light in Light.values]
    parts += [
        counted(f"f.mismatch = '{Mismatch.MONEY_AHEAD}'", "money_ahead"),
        counted(f"f.mismatch = '{Mismatch.TARGET_AHEAD}'", "target_ahead"),
        counted("f.mismatch_light = 'red'", "serious_mismatch"),
        counted("t.errors_open > 0", "with_errors"),
        summed("t.cells_total", "cells_total"),
        summed("t.cells_system", "cells_system"),
        "COUNT(f.score) AS scored",
        *(summed(f"f.{name}", name) for name in MONEY),
        summed("f.score", "score_sum"),
    ]
    return ", ".join(parts)
