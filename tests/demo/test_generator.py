import csv
import hashlib
import re
from collections import Counter, defaultdict
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby

import pytest
from django.core.management import CommandError, call_command
from python_calamine import CalamineWorkbook

from demo import generator
from demo.actuals import MONTHS, serious_mismatch
from demo.amounts import adjusted_line
from demo.city import FEN_PER_WAN, Payment
from demo.names import phone
from projects.choices import FundSource, Sign
from projects.import_format import CLASS_LETTERS, CONTROLS, NOTES_SHEET, PAYMENTS, PROJECT_PATTERN, WORKBOOK

JUNE_END, SEPTEMBER_END = date(2022, 6, 30), date(2022, 9, 30)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return generator.generate(tmp_path_factory.mktemp("city"))


@pytest.fixture(scope="module")
def city(files):
    return files.city


@pytest.fixture(scope="module")
def ours(city):
    """Projects whose indicators are not those of a publication."""
    return [project for project in city.projects if project.published not in ("T5", "T6")]


def digests(files):
    paths = (files.workbook, files.payments, files.actuals, files.fills)
    return [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]


def share(projects, wanted):
    return sum(map(wanted, projects)) / len(projects)


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    small = {"departments": 6, "projects": 50}
    first = generator.generate(tmp_path / "a", seed=7, **small)
    assert digests(first) == digests(generator.generate(tmp_path / "b", seed=7, **small))
    assert digests(first) != digests(generator.generate(tmp_path / "c", seed=8, **small))


def test_the_city_has_the_size_of_the_published_one(files):
    counts = files.counts
    assert (counts["departments"], counts["projects"], counts["secret"]) == (68, 1060, 2)
    assert 220 <= counts["units"] <= 240
    assert 38_000 <= counts["payments"] <= 46_000
    assert 0.008 <= counts["refunds"] / counts["payments"] <= 0.02
    assert 10_500 <= counts["indicators"] <= 13_000


def test_a_small_city_can_be_had(tmp_path):
    files = generator.generate(tmp_path, departments=5, projects=40)
    assert (files.counts["departments"], files.counts["projects"], files.counts["secret"]) == (5, 40, 2)
    assert not any(project.published for project in files.city.projects)


@pytest.mark.parametrize("size", [{"departments": 0}, {"departments": 69}, {"departments": 5, "projects": 4}])
def test_impossible_sizes_are_refused(tmp_path, size):
    with pytest.raises(ValueError):
        generator.generate(tmp_path, **size)


def test_every_department_and_unit_has_projects(city):
    departments = {project.department.code for project in city.projects}
    units = {project.unit.code for project in city.projects}
    assert departments == {department.code for department in city.departments}
    assert len(units) == 230


def test_codes_match_the_pattern_and_say_the_class(city):
    for project in (*city.projects, *city.secret):
        assert re.fullmatch(PROJECT_PATTERN, project.code)
        assert CLASS_LETTERS[project.code[8]] == project.klass
        assert project.unit.code.startswith(project.department.code)
    codes = [project.code for project in (*city.projects, *city.secret)]
    assert len(set(codes)) == len(codes)


def test_names_are_unique_in_their_department(city):
    names = [(project.department.code, project.name) for project in city.projects]
    assert len(set(names)) == len(names)


def test_dates_and_phones_are_plausible(city):
    for project in city.projects:
        assert project.starts_on < project.ends_on
        assert project.ends_on >= JUNE_END
        assert re.fullmatch(r"0536-60\d{5}", project.phone)
    assert phone(generator.Random(1)).startswith("0536-60")


def test_only_the_two_secret_projects_are_marked(city):
    by_department, by_mark = city.secret
    assert by_department.department.code == "901"
    assert not by_department.secrecy
    assert by_mark.secrecy == "秘密"
    assert by_mark.department in city.departments
    paid = {payment.project_code for payment in city.payments}
    assert not paid & {project.code for project in city.secret}
    texts = "".join(project.name + project.objective for project in city.projects)
    assert not re.search("涉密|秘密|机密|绝密", texts)


def test_objectives_name_the_quantities(ours):
    for project in ours:
        assert 60 <= len(project.objective) <= 160, project.objective
        for row in project.indicators:
            if row.phrase:
                assert row.phrase.format(n=f"{row.low:f}".removesuffix(".0")) in project.objective


def test_indicators_are_many_and_weigh_ninety(city, ours):
    assert all(8 <= len(project.indicators) <= 14 for project in ours)
    for project in city.projects:
        kept = [row for row in project.indicators if not row.dropped]
        assert sum(row.weight for row in kept) == 90
        assert all(row.weight > 0 for row in kept)
        assert len({row.code for row in project.indicators}) == len(project.indicators)


def test_indicators_are_of_all_kinds(city):
    rows = [row for project in city.projects for row in project.indicators]
    assert {row.sign for row in rows} == set(Sign)
    assert any(row.sign == Sign.EQ and row.low == 0 for row in rows)
    assert any(row.dropped for row in rows)
    assert all((row.low is None) == (row.sign == Sign.LEVEL) for row in rows)
    assert all(bool(row.text) == (row.sign == Sign.LEVEL) for row in rows)
    assert all(row.low < row.high for row in rows if row.sign == Sign.BETWEEN)
    assert all(row.unit for row in rows if row.sign != Sign.LEVEL)
    due = Counter(row.is_due(JUNE_END) for row in rows)
    assert 0.2 < due[True] / len(rows) < 0.6


def test_every_project_counts_something_in_june(ours):
    assert all(any(row.is_due(JUNE_END) for row in project.indicators) for project in ours)


def test_budgets_have_a_long_tail(city):
    budgets = sorted(project.adjusted(date(2022, 12, 31)) for project in city.projects)
    assert 4 <= sum(budget > 10_000 * FEN_PER_WAN for budget in budgets) <= 20
    assert 0.5 < share(budgets, lambda budget: budget < 100 * FEN_PER_WAN) < 0.75
    assert all(1 <= len(project.lines) <= 4 for project in city.projects)
    assert {line.source for project in city.projects for line in project.lines} == set(FundSource)


def test_about_a_quarter_of_the_budgets_is_adjusted(city):
    assert 0.2 < share(city.projects, lambda project: bool(project.adjustments)) < 0.3
    changes = [change for project in city.projects for change in project.adjustments]
    assert {change.kind for change in changes} == {"added", "reduced", "moved", "recovered", "carryover"}
    assert all(change.reason for change in changes if not is_published(city, change))
    starts_at_zero = [project for project in city.projects if project.initial == 0]
    assert 3 <= len(starts_at_zero) <= 30
    assert all(project.adjusted(date(2022, 12, 31)) > 0 for project in city.projects)


def is_published(city, change):
    return any(change in project.adjustments for project in city.projects if project.published == "T5")


def by_line(rows):
    """Rows grouped by their source."""
    found = defaultdict(list)
    for row in rows:
        found[row.source].append(row)
    return found


def test_no_line_is_overspent_on_any_day(city):
    for project in city.projects:
        payments = by_line(project.payments)
        changes = by_line(project.adjustments)
        for line in project.lines:
            paid = 0
            events = [*payments[line.source], *changes[line.source]]
            for day, rows in groupby(sorted(events, key=lambda row: row.on), key=lambda row: row.on):
                # A change and a payment of one day: the change is entered first.
                paid += sum(row.amount for row in rows if isinstance(row, Payment))
                assert 0 <= paid <= adjusted_line(project, line, day), (project.name, day)


def test_money_is_in_place_before_it_is_paid_but_for_a_few(city):
    late = 0
    for project in city.projects:
        received = by_line(project.receipts)
        for line in project.lines:
            for day in (JUNE_END, SEPTEMBER_END, date(2022, 12, 31)):
                in_place = sum(row.amount for row in received[line.source] if row.on <= day)
                assert 0 <= in_place <= adjusted_line(project, line, day)
                paid = sum(
                    row.amount for row in project.payments if row.source == line.source and row.on <= day
                )
                late += paid > in_place
    assert 0 < late < 60


def test_vouchers_are_unique_dated_and_signed(city):
    numbers = [payment.voucher_no for payment in city.payments]
    assert len(set(numbers)) == len(numbers)
    assert all(payment.on.year == 2022 for payment in city.payments)
    assert all(payment.amount for payment in city.payments)
    assert all(payment.quota_no and payment.payee and payment.summary for payment in city.payments)
    assert {payment.on.month for payment in city.payments} == set(range(1, 13))


def test_documents_are_unique(city):
    numbers = [
        row.document_no for project in city.projects for row in (*project.adjustments, *project.receipts)
    ]
    assert len(set(numbers)) == len(numbers)


def test_execution_in_june_is_a_mixture(city):
    rates = [project.execution_rate(JUNE_END) for project in city.projects]
    known = [rate for rate in rates if rate is not None]
    assert 0.58 < share(known, lambda rate: rate >= Decimal("0.4")) < 0.66
    assert 0.18 < share(known, lambda rate: Decimal("0.3") <= rate < Decimal("0.4")) < 0.26
    assert 0.12 < share(known, lambda rate: rate < Decimal("0.3")) < 0.20
    assert 5 <= sum(rate == 0 for rate in known) <= 40


def test_every_large_department_has_a_mixture(city):
    rates = defaultdict(list)
    for project in city.projects:
        rates[project.department.code].append(project.execution_rate(JUNE_END) or 0)
    for found in rates.values():
        if len(found) >= 20:
            assert min(found) < Decimal("0.4") <= max(found)


def test_about_a_tenth_is_seriously_out_of_step(files):
    pairs = list(zip(files.city.projects, files.filled, strict=True))
    for month, low, high in ((6, 0.07, 0.15), (9, 0.03, 0.12)):
        assert low < share(pairs, lambda pair, month=month: serious_mismatch(*pair, month)) < high


def test_actuals_cover_every_due_indicator_of_both_cycles(files):
    for project, filled in zip(files.city.projects, files.filled, strict=True):
        if project.published in ("T5", "T6"):
            continue
        given = {(row.month, row.indicator_code): row for row in filled.actuals}
        for month in MONTHS:
            cut_off = date(2022, month + 1, 1) - timedelta(days=1)
            for row in project.indicators:
                if row.dropped:
                    assert (month, row.code) not in given
                    continue
                actual = given[month, row.code]
                due = row.is_due(cut_off)
                assert bool(actual.level) == (due and row.sign == Sign.LEVEL)
                assert bool(actual.value) == (due and row.sign != Sign.LEVEL)
                assert actual.likelihood


def test_what_is_uncertain_is_explained(files):
    for filled in files.filled:
        for row in filled.actuals:
            if row.likelihood in ("possible", "impossible"):
                assert row.expected_value
                assert row.causes
                assert row.measure
            if row.causes:
                assert len(row.cause_text) >= 10
        lost = {row.month for row in filled.actuals if row.likelihood == "impossible"}
        assert all(not fill.attainable for fill in filled.fills if fill.month in lost)


def test_slow_money_has_a_reason(files):
    for project, filled in zip(files.city.projects, files.filled, strict=True):
        for fill, day in zip(filled.fills, (JUNE_END, SEPTEMBER_END), strict=True):
            rate = project.execution_rate(day)
            if rate is not None and rate * 12 / day.month < Decimal("0.8"):
                assert len(fill.execution_reason) >= 10


def test_texts_do_not_repeat(files):
    texts = Counter(row.cause_text for filled in files.filled for row in filled.actuals if row.cause_text)
    assert len(texts) > 0.97 * texts.total()


def test_the_workbook_holds_the_city(files):
    book = CalamineWorkbook.from_path(str(files.workbook))
    assert book.sheet_names == [NOTES_SHEET, *(sheet.name for sheet in WORKBOOK)]
    rows = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    for sheet in WORKBOOK:
        match = sheet.match(rows[sheet.name][0])
        assert list(match.places) == [column.key for column in sheet.columns]
    for name, count, _total in rows[CONTROLS.name][1:]:
        assert len(rows[name]) - 1 == count
    assert len(rows["预算项目"]) - 1 == 1062
    assert [row[3] for row in rows["主管部门"][1:]].count("是") == 1


def test_the_payments_file_holds_all_payments(files):
    with files.payments.open(encoding="utf-8-sig", newline="") as file:
        headings, *rows = list(csv.reader(file))
    assert headings == [column.heading for column in PAYMENTS.columns]
    assert len(rows) == len(files.city.payments)
    assert sum(Decimal(row[4]) for row in rows) * 100 == sum(
        payment.amount for payment in files.city.payments
    )
    assert all((row[5] == "是") == row[4].startswith("-") for row in rows)


def test_the_command_writes_the_files_and_tells_how_much(tmp_path, capsys):
    call_command("generate_city", str(tmp_path), departments=2, projects=9)
    assert {path.name for path in tmp_path.iterdir()} == {
        "city.xlsx",
        "payments.csv",
        "actuals.csv",
        "fills.csv",
    }
    assert re.search(r"projects\s+9\b", capsys.readouterr().out)


def test_the_command_refuses_what_is_no_city(tmp_path):
    with pytest.raises(CommandError):
        call_command("generate_city", str(tmp_path), departments=100)
