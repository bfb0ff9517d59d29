"""A clerk types; the cell saves itself and the figures come back."""

from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile

from foundation.errors import RuleError
from foundation.models import AuditEvent
from monitoring.choices import Light
from monitoring.evidence import attach, take_back
from monitoring.filling import Edit, explain, save_cells
from monitoring.models import CellOrigin, Rollup, TableFigures
from monitoring.stages import CellSource, Stage
from monitoring.tables import assess


def test_opening_fills_funds_and_targets_from_the_budget_system(table):
    fund = table.funds.get()
    assert (fund.adjusted, fund.executed, fund.in_place) == (1_000_000, 500_000, 1_000_000)
    assert fund.expected == 1_000_000
    assert [row.name for row in table.indicators.all()] == [
        "Road mended",
        "Passed at first",
        "Satisfied villagers",
    ]


def test_a_typed_actual_gives_completion_and_light_in_the_same_save(city, table):
    saved = save_cells(table, [Edit("indicator.K001.actual", "40")], by=city.clerk)

    assert saved.results[0].state == "saved"
    row = table.indicators.get(indicator__code="K001")
    assert row.completion == Decimal("0.4")
    assert row.light == Light.GREEN  # 40 of 100 × 6/12 is exactly 80 %
    figures = TableFigures.objects.get(pk=table.pk)
    assert figures.execution_rate == Decimal("0.5")
    assert figures.budget_light == Light.GREEN


def test_the_sums_above_follow_a_cell(city, table):
    save_cells(table, [Edit("indicator.K001.actual", "10")], by=city.clerk)
    assert set(Rollup.objects.filter(cycle=table.cycle).values_list("level", "red")) == {
        ("unit", 1), ("department", 1), ("section", 1), ("division", 1),
    }  # fmt: skip


def test_two_people_never_overwrite_each_other_in_silence(city, table):
    save_cells(table, [Edit("problems", "The tender was late.", seen="")], by=city.clerk)
    saved = save_cells(table, [Edit("problems", "Nothing at all.", seen="")], by=city.clerk)
    assert saved.results[0].state == "conflict"
    assert saved.results[0].text == "The tender was late."
    assert saved.results[0].by == "clerk"


def test_text_in_a_number_is_kept_and_refused_by_a_check(city, table):
    saved = save_cells(table, [Edit("indicator.K001.actual", "完成")], by=city.clerk)
    assert saved.results[0].text == "完成"
    assert "L16" in {finding.check_id for finding in saved.assessed.errors}


@pytest.mark.parametrize("typed", ["-5", "1e5", "NaN", "10 万", "99999999999999"])
def test_what_is_no_amount_is_refused_and_nothing_changes(city, table, typed):
    saved = save_cells(table, [Edit("fund.general.expected", typed)], by=city.clerk)
    assert saved.results[0].state == "invalid"
    assert table.funds.get().expected == 1_000_000


def test_an_amount_is_typed_in_ten_thousands_and_kept_in_yuan(city, table):
    save_cells(table, [Edit("fund.general.expected", "９９.5")], by=city.clerk)
    assert table.funds.get().expected == Decimal("995000.00")
    origin = CellOrigin.objects.get(table=table, cell="fund.general.expected")
    assert (origin.kind, origin.by) == (CellSource.TYPED, city.clerk)


def test_each_save_is_in_the_audit_trail_with_before_and_after(city, table):
    save_cells(table, [Edit("problems", "The tender was late.")], by=city.clerk)
    event = AuditEvent.objects.get(action="tables.cells_saved")
    assert (event.before, event.after) == ({"problems": ""}, {"problems": "The tender was late."})


def test_a_clerk_of_another_unit_may_not_type(city, table):
    with pytest.raises(PermissionDenied):
        save_cells(table, [Edit("problems", "x")], by=city.clerk2)


def test_a_table_under_review_is_locked(city, table):
    type(table).objects.filter(pk=table.pk).update(stage=Stage.DEPARTMENT, digest="x")
    with pytest.raises(RuleError, match=r"review|审核"):
        save_cells(table, [Edit("problems", "x")], by=city.clerk)


# The version: what a page showed, told at its submission


def version(table):
    return type(table).objects.get(pk=table.pk).version


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("indicator.K001.actual", "40"),
        ("fund.general.expected", "99.5"),
        ("problems", "The tender was late."),
    ],
)
def test_a_change_in_any_row_raises_the_version_of_the_table_once(city, table, cell, value):
    saved = save_cells(table, [Edit(cell, value)], by=city.clerk)
    assert (saved.version_before, saved.assessed.table.version) == (table.version, table.version + 1)
    assert version(table) == table.version + 1


def test_what_changes_nothing_leaves_the_version(city, table):
    save_cells(table, [Edit("problems", "The tender was late.")], by=city.clerk)
    for edit in (
        Edit("problems", "The tender was late."),
        Edit("problems", "Nothing at all.", seen=""),
        Edit("fund.general.expected", "-5"),
        Edit("no.such.cell", "1"),
    ):
        save_cells(table, [edit], by=city.clerk)
    assert version(table) == table.version + 1


def test_an_explanation_and_a_file_raise_the_version_too(city, filled_table, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    finding = assess([filled_table])[0].unexplained[0]
    before = version(filled_table)
    explain(filled_table, finding.check_id, finding.cell, "The tender was repeated.", by=city.clerk)
    file = SimpleUploadedFile("proof.pdf", b"%PDF-1.7 proof")
    kept = attach(filled_table, "indicator.K001.actual", file, by=city.clerk)
    assert version(filled_table) == before + 2
    take_back(kept, by=city.clerk)
    assert version(filled_table) == before + 3


def test_two_people_in_different_cells_are_both_saved_and_each_is_told_of_the_other(city, table):
    first = save_cells(table, [Edit("indicator.K001.actual", "40", seen="")], by=city.clerk)
    second = save_cells(table, [Edit("indicator.K002.actual", "96", seen="")], by=city.clerk)
    assert [first.results[0].state, second.results[0].state] == ["saved", "saved"]
    assert second.version_before == first.assessed.table.version == table.version + 1
