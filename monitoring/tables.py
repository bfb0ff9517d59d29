"""Assessing tables: rows, folds, figures and checks, for one table at a cell save or for a thousand at once.

The formulas are those of monitoring.assessment; this module loads what they need and keeps what they give.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from django.db import models, transaction

from foundation import clock
from foundation.money import quantize_rate
from foundation.upsert import update_rows
from monitoring import assessment, shares
from monitoring.books import rules_of
from monitoring.checks.registry import Finding, run_checks
from monitoring.choices import Severity
from monitoring.facts import TableFacts
from monitoring.models import CheckResult, IndicatorRow, MonitoringTable, TableFigures
from monitoring.rulebook import Rules
from monitoring.snapshots import Sheet, facts_of, load_sheets

BATCH = 1000
_ROW_FIGURES = ["completion", "attainment", "deviation", "light"]
_TABLE_FOLDS = [
    "weighted_completion",
    "weighted_attainment",
    "indicator_light",
    "likelihood_light",
    "errors_open",
    "warnings_open",
    "cells_total",
    "cells_system",
    "cells_filled",
    "checked_at",
]


@dataclass
class Assessed:
    """A table with what the rules say of it now."""

    sheet: Sheet
    facts: TableFacts
    figures: TableFigures
    findings: list[Finding]
    figures_before: TableFigures | None = None

    @property
    def explanations(self) -> dict[tuple[str, str], str]:
        """What was said of findings: (check, cell) → text."""
        return self.sheet.explanations

    @property
    def table(self) -> MonitoringTable:
        return self.sheet.table

    @property
    def errors(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.severity == Severity.ERROR]

    @property
    def unexplained(self) -> list[Finding]:
        """Warnings that still want an explanation."""
        return [
            finding
            for finding in self.findings
            if finding.needs_explanation and (finding.check_id, finding.cell) not in self.explanations
        ]

    @property
    def figures_stand(self) -> bool:
        """Whether the figures are those kept, as far as the caller has read them (`figures_before`)."""
        before = self.figures_before
        return before is not None and all(
            getattr(before, name) == getattr(self.figures, name) for name in _FIGURE_COLUMNS
        )

    def count(self) -> None:
        """Set on the table what its lists show: open errors, warnings without explanation, cells filled."""
        table = self.table
        table.errors_open, table.warnings_open = len(self.errors), len(self.unexplained)
        counted = shares.count(self.sheet, self.findings)
        table.cells_total, table.cells_system, table.cells_filled = counted

    @property
    def share_filled(self) -> Decimal | None:
        """Share of the table's cells that the system filled, six places."""
        if not self.table.cells_total:
            return None
        return quantize_rate(Decimal(self.table.cells_system) / self.table.cells_total)


def assess(
    tables: Iterable[MonitoringTable], *, rules: Rules | None = None, origins: bool = False
) -> list[Assessed]:
    """Compute and check tables in memory; writes nothing. A constant number of queries however many.

    Each table needs `project`, and `cycle` with its `rule_book`, selected. origins: as in load_sheets().
    """
    return assess_sheets(load_sheets(tables, origins=origins), rules=rules)


def assess_sheets(sheets: list[Sheet], *, rules: Rules | None = None) -> list[Assessed]:
    """The same for tables whose rows are in memory, as they stand there."""
    return [_assess(sheet, rules or rules_of(sheet.table.cycle.rule_book)) for sheet in sheets]


@transaction.atomic(savepoint=False)
def keep(assessed: Iterable[Assessed], typed: Iterable[tuple[models.Model, Collection[str]]] = ()) -> None:
    """Write what assess() gave: rows, folds, findings, figures. The roll-ups above are the caller's.

    typed: rows of these tables, locked, with the names of the fields that somebody has changed; they are
        written in the same statements.
    """
    assessed = list(assessed)
    _keep_rows(assessed, typed)
    _keep_findings(assessed)
    TableFigures.objects.bulk_create(
        [each.figures for each in assessed if not each.figures_stand],
        update_conflicts=True,
        unique_fields=["table"],
        update_fields=_FIGURE_FIELDS,
        batch_size=BATCH,
    )


def _keep_rows(assessed: list[Assessed], typed: Iterable[tuple[models.Model, Collection[str]]]) -> None:
    """One statement for each kind of row."""
    at = clock.now()
    rows: dict[type[models.Model], dict[int, models.Model]] = {MonitoringTable: {}, IndicatorRow: {}}
    names = {MonitoringTable: set(_TABLE_FOLDS), IndicatorRow: set(_ROW_FIGURES)}
    for each in assessed:
        each.table.checked_at = at
        rows[MonitoringTable][each.table.pk] = each.table
        rows[IndicatorRow] |= {row.pk: row for row in each.sheet.indicators if getattr(row, "_moved", True)}
    for row, changed in typed:
        rows.setdefault(type(row), {})[row.pk] = row
        names.setdefault(type(row), set()).update(changed)
    for model, kept in rows.items():
        update_rows(list(kept.values()), sorted(names[model]))


_FIGURE_FIELDS = [f.name for f in TableFigures._meta.concrete_fields if not f.primary_key]
_FIGURE_COLUMNS = [f.attname for f in TableFigures._meta.concrete_fields]


def reassess(tables: Iterable[MonitoringTable]) -> list[Assessed]:
    """Assess and keep; for whole sets, where the roll-ups are rebuilt afterwards."""
    assessed = assess(tables)
    keep(assessed)
    return assessed


def _assess(sheet: Sheet, rules: Rules) -> Assessed:
    table = sheet.table
    month = table.cycle.month
    facts = facts_of(sheet)
    rows = []
    for row, given in zip(sheet.indicators, facts.indicators, strict=True):
        given_row = assessment.assess_row(given, month, rules)
        kept = (row.completion, row.attainment, row.deviation, row.light)
        row.completion, row.attainment = given_row.completion, given_row.attainment
        row.deviation, row.light = given_row.deviation, given_row.light
        row._moved = kept != (row.completion, row.attainment, row.deviation, row.light)  # type: ignore[attr-defined]
        rows.append(
            replace(
                given, completion=given_row.completion, attainment=given_row.attainment, light=given_row.light
            )
        )
    folded = assessment.fold_rows(rows, rules)
    table.weighted_completion, table.weighted_attainment = (
        folded.weighted_completion,
        folded.weighted_attainment,
    )
    table.indicator_light, table.likelihood_light = folded.target_light, folded.expected_light
    figures = _figures(sheet, facts, rules)
    facts = replace(
        facts,
        indicators=tuple(rows),
        weighted_completion=folded.weighted_completion,
        budget_light=figures.budget_light,
        target_light=figures.target_light,
        composite=figures.composite,
        execution_rate=figures.execution_rate,
    )
    findings = run_checks(facts, rules)
    result = Assessed(sheet, facts, figures, findings)
    result.count()
    return result


def _figures(sheet: Sheet, facts: TableFacts, rules: Rules) -> TableFigures:
    table = sheet.table
    zero = Decimal(0)
    given = assessment.assess_table(
        adjusted=facts.adjusted or zero,
        executed=facts.executed or zero,
        in_place=facts.in_place or zero,
        expected=facts.expected,
        weighted_completion=table.weighted_completion,
        weighted_attainment=table.weighted_attainment,
        target_light=table.indicator_light,
        expected_light=table.likelihood_light,
        month=table.cycle.month,
        rules=rules,
    )
    return TableFigures(
        table=table,
        cycle_id=table.cycle_id,
        division_id=table.division_id,
        section_id=table.section_id,
        department_id=table.department_id,
        unit_id=table.unit_id,
        project_id=table.project_id,
        initial=facts.initial or zero,
        adjusted=facts.adjusted or zero,
        in_place=facts.in_place or zero,
        executed=facts.executed or zero,
        expected=facts.expected,
        execution_rate=given.execution_rate,
        prorated_rate=given.prorated_rate,
        in_place_rate=given.in_place_rate,
        expected_rate=given.expected_rate,
        weighted_completion=table.weighted_completion,
        weighted_attainment=table.weighted_attainment,
        gap=given.gap,
        mismatch=given.mismatch or "",
        mismatch_light=given.mismatch_light,
        budget_light=given.budget_light,
        target_light=table.indicator_light,
        expected_light=table.likelihood_light,
        composite=given.composite,
        execution_score=given.execution_score,
        target_score=given.target_score,
        score=given.score,
        grade=given.grade or "",
        rule_book_id=table.cycle.rule_book_id,
    )


def _keep_findings(assessed: list[Assessed]) -> None:
    """Drop the findings that no longer stand and add the new ones; those kept were loaded with the sheets."""
    gone: list[int] = []
    new: list[CheckResult] = []
    for each in assessed:
        kept = each.sheet.kept_findings
        found = {(f.check_id, str(f.severity), f.cell, f.code): f for f in each.findings}
        gone += [pk for key, pk in kept.items() if key not in found]
        new += [_result(each.table, finding) for key, finding in found.items() if key not in kept]
    if gone:
        CheckResult.objects.filter(pk__in=gone).delete()
    CheckResult.objects.bulk_create(new, batch_size=BATCH, ignore_conflicts=True)


def _result(table: MonitoringTable, finding: Finding) -> CheckResult:
    return CheckResult(
        table=table,
        check_id=finding.check_id,
        severity=finding.severity,
        cell=finding.cell,
        code=finding.code,
        params=dict(finding.params),
    )
