"""Filling many tables at once gives what typing into each gives."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import F

from foundation import audit
from foundation.models import AuditEvent
from monitoring.bulk_filling import explain_many, fill_many
from monitoring.filling import Edit, explain, save_cells
from monitoring.models import (
    CellOrigin,
    CheckResult,
    CycleWindow,
    Explanation,
    FundRow,
    IndicatorRow,
    MonitoringTable,
    Rollup,
    TableFigures,
)
from monitoring.recompute import recompute
from monitoring.stages import CellSource, Stage
from tests import factories

VOLATILE = {"id", "table", "table_id", "checked_at", "at", "public_id", "project_id", "indicator_id"}


def edits(**cells):
    typed = {**factories.GOOD_CELLS, **{name.replace("__", "."): text for name, text in cells.items()}}
    return [Edit(cell, text) for cell, text in typed.items()]


def kept_of(table):
    """All that a table holds and what the rules say of it, but for numbers of rows and times."""
    rows = {}
    for model, lookup in (
        (MonitoringTable, {"pk": table.pk}),
        (FundRow, {"table": table}),
        (IndicatorRow, {"table": table}),
        (TableFigures, {"table": table}),
        (CheckResult, {"table": table}),
        (CellOrigin, {"table": table}),
    ):
        found = model.objects.filter(**lookup).order_by("pk").values()
        rows[model.__name__] = [{k: v for k, v in row.items() if k not in VOLATILE} for row in found]
    rows["CellOrigin"] = sorted(
        ({k: v for k, v in row.items() if k not in ("kind", "source")} for row in rows["CellOrigin"]),
        key=lambda row: row["cell"],
    )
    return rows


def test_many_at_once_are_what_each_typed_alone_would_be(city):
    alone, together = (factories.make_table(city.road_unit) for _ in range(2))
    given = edits(fund__general__expected="87.5", problems="Slow tenders.", attainable="0")
    save_cells(alone, given, by=city.clerk)
    fill_many(together.cycle, {together.pk: given}, by=city.clerk)
    assert kept_of(together) == kept_of(alone)
    assert set(recompute(alone.cycle).values()) == {0}


def test_origins_say_that_a_file_brought_the_values(city, table):
    fill_many(table.cycle, {table.pk: edits()}, by=city.clerk)
    origin = CellOrigin.objects.get(table=table, cell="indicator.K001.actual")
    assert (origin.kind, origin.by) == (CellSource.IMPORTED, city.clerk)


def test_the_sums_above_are_right_and_each_table_leaves_its_event(city):
    tables = [factories.make_table(city.road_unit) for _ in range(3)]
    filled = fill_many(tables[0].cycle, {table.pk: edits() for table in tables}, by=city.clerk)
    assert len(filled.assessed) == 3
    rollup = Rollup.objects.get(level="unit", node_id=city.road_unit.pk)
    assert rollup.scored == 3
    assert set(recompute(tables[0].cycle).values()) == {0}
    events = AuditEvent.objects.filter(action="tables.cells_saved")
    assert set(events.values_list("target_id", flat=True)) == {str(table.pk) for table in tables}
    assert audit.verify().whole


def test_the_number_of_statements_does_not_depend_on_the_tables(city, django_assert_max_num_queries):
    tables = [factories.make_table(city.road_unit) for _ in range(15)]
    with django_assert_max_num_queries(55):
        fill_many(tables[0].cycle, {tables[0].pk: edits()}, by=city.clerk)
    with django_assert_max_num_queries(55):
        fill_many(tables[0].cycle, {table.pk: edits() for table in tables[1:]}, by=city.clerk)


def test_the_same_values_again_leave_no_event_and_no_new_version(city, table):
    fill_many(table.cycle, {table.pk: edits()}, by=city.clerk)
    kept, events = kept_of(table), AuditEvent.objects.count()
    filled = fill_many(table.cycle, {table.pk: edits()}, by=city.clerk)
    assert filled.refused == {}
    assert (kept_of(table), AuditEvent.objects.count()) == (kept, events)


def test_a_cell_that_cannot_be_read_is_told_and_does_not_hold_up_the_others(city, table):
    given = [
        *edits(fund__general__expected="viel"),
        Edit("indicator.K009.actual", "1"),
        Edit("nonsense", "1"),
    ]
    filled = fill_many(table.cycle, {table.pk: given}, by=city.clerk)
    assert [result.cell for result in filled.refused[table.pk]] == [
        "fund.general.expected",
        "indicator.K009.actual",
        "nonsense",
    ]
    assert table.indicators.get(indicator__code="K001").actual == 52


def test_a_cell_that_somebody_changed_meanwhile_is_left_alone(city, table):
    save_cells(table, [Edit("problems", "Known to the clerk.")], by=city.clerk)
    filled = fill_many(table.cycle, {table.pk: [Edit("problems", "From a file.", seen="")]}, by=city.clerk)
    assert [result.state for result in filled.refused[table.pk]] == ["conflict"]
    assert MonitoringTable.objects.get(pk=table.pk).problems == "Known to the clerk."


def test_tables_of_other_units_and_of_other_cycles_are_left_out_without_a_word(city, table):
    foreign = factories.make_table(city.school_unit)
    september = factories.make_cycle(city.division, month=9).tables.get(project=table.project)
    filled = fill_many(
        table.cycle, {pk: edits() for pk in (table.pk, foreign.pk, september.pk, 999_999)}, by=city.clerk
    )
    assert [each.table.pk for each in filled.assessed] == [table.pk]
    assert (filled.locked, filled.refused) == ({}, {})
    assert IndicatorRow.objects.exclude(table=table).exclude(actual=None).count() == 0


@pytest.mark.parametrize("reason", ["under review", "window closed"])
def test_tables_that_may_not_be_filled_now_say_why(city, table, reason):
    if reason == "under review":
        MonitoringTable.objects.filter(pk=table.pk).update(stage=Stage.SECTION, digest="x")
    else:
        CycleWindow.objects.filter(stage=Stage.FILLING).update(closes_at=F("opens_at") + timedelta(seconds=1))
    filled = fill_many(table.cycle, {table.pk: edits()}, by=city.clerk)
    assert list(filled.locked) == [table.pk]
    assert filled.locked[table.pk]
    assert IndicatorRow.objects.exclude(actual=None).count() == 0


def test_explaining_many_is_what_explaining_each_would_be(city):
    alone, together = (
        factories.fill(factories.make_table(city.road_unit, paid="0"), city.clerk) for _ in range(2)
    )
    findings = CheckResult.objects.filter(table=alone, severity="warning").values_list("check_id", "cell")
    assert findings
    text = "The tender was won in July; payment follows in August."
    for check_id, cell in findings:
        explain(alone, check_id, cell, text, by=city.clerk)
    explain_many(together.cycle, {together.pk: dict.fromkeys(findings, text)}, by=city.clerk)
    warnings = MonitoringTable.objects.values_list("warnings_open", flat=True)
    assert list(warnings.order_by("pk")) == [0, 0]
    given = Explanation.objects.order_by("check_id", "cell")
    assert list(given.filter(table=alone).values_list("check_id", "cell", "text")) == list(
        given.filter(table=together).values_list("check_id", "cell", "text")
    )


def test_nobody_explains_the_tables_of_others(city, table):
    assert explain_many(table.cycle, {table.pk: {("L20", ""): "Why not."}}, by=city.clerk3) == []
    assert not Explanation.objects.exists()
