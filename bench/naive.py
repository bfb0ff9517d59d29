"""What the recompute is held against besides SQL: a loop over the ORM with save(), and a pandas script."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy
import pandas
from django.db import connection, transaction
from django.db.models import Sum

from monitoring.assessment import assess_row, assess_table, fold_rows
from monitoring.books import rules_of
from monitoring.models import Cycle, MonitoringTable, TableFigures
from monitoring.recompute import MILLION, NODES
from monitoring.snapshots import facts_of, load_sheets
from projects.models import BudgetAdjustment, FundingLine, Payment, Receipt


def save_each(cycle: Cycle, number: int) -> None:
    """Project by project, from the payments themselves, each row read and saved by itself."""
    rules = rules_of(cycle.rule_book)
    for table in MonitoringTable.objects.filter(cycle=cycle).order_by("pk")[:number]:
        adjusted = executed = in_place = initial = 0
        for line in table.project.lines.all():
            fund = table.funds.get(source=line.source)
            fund.initial = line.initial
            fund.change = _sum(BudgetAdjustment.objects.filter(line=line, on__lte=cycle.cut_off))
            fund.executed = _sum(Payment.objects.filter(line=line, paid_on__lte=cycle.cut_off))
            fund.in_place = _sum(Receipt.objects.filter(line=line, on__lte=cycle.cut_off))
            fund.adjusted = fund.initial + fund.change
            fund.save()
            initial, adjusted = initial + fund.initial, adjusted + fund.adjusted
            executed, in_place = executed + fund.executed, in_place + fund.in_place
        facts = facts_of(load_sheets([table])[0])
        rows = [assess_row(each, cycle.month, rules) for each in facts.indicators]
        for row, figures in zip(table.indicators.all(), rows, strict=True):
            row.completion, row.attainment, row.light = figures.completion, figures.attainment, figures.light
            row.save()
        folded = fold_rows(facts.indicators, rules)
        given = assess_table(
            adjusted=adjusted, executed=executed, in_place=in_place, expected=facts.expected,
            weighted_completion=folded.weighted_completion, weighted_attainment=folded.weighted_attainment,
            target_light=folded.target_light, expected_light=folded.expected_light, month=cycle.month, rules=rules,
        )  # fmt: skip
        TableFigures.objects.update_or_create(
            table=table,
            defaults={
                **{name: getattr(table, name) for name in NODES},
                "initial": initial, "adjusted": adjusted, "executed": executed, "in_place": in_place,
                "execution_rate": given.execution_rate, "prorated_rate": given.prorated_rate,
                "budget_light": given.budget_light, "composite": given.composite, "score": given.score,
                "grade": given.grade or "", "rule_book_id": cycle.rule_book_id,
            },
        )  # fmt: skip


def _sum(rows: Any) -> Any:
    return rows.aggregate(sum=Sum("amount"))["sum"] or 0


def with_pandas(cycle: Cycle) -> None:
    """Read the folded columns, compute in vectors, write the figures back; sums of rows above are left out."""
    rules = rules_of(cycle.rule_book)
    paid = [f"paid_{month}" for month in range(1, cycle.month + 1)]
    change = [f"change_{month}" for month in range(1, cycle.month + 1)]
    names = ["table_id", "initial", *paid, *change]
    rows = FundingLine.objects.filter(project__tables__cycle=cycle).values_list(
        "project__tables", "initial", *(f"months__{name}" for name in (*paid, *change))
    )
    frame = pandas.DataFrame(_read(rows), columns=names).astype("int64")
    frame["adjusted"] = frame["initial"] + frame[change].sum(axis=1)
    frame["executed"] = frame[paid].sum(axis=1)
    totals = frame.groupby("table_id")[["initial", "adjusted", "executed"]].sum().reset_index()
    tables = MonitoringTable.objects.filter(cycle=cycle).values_list(
        "pk", "weighted_completion", "weighted_attainment", "indicator_light", "likelihood_light"
    )
    kept = pandas.DataFrame(
        _read(tables), columns=["table_id", "completion", "attainment", "target", "expected"]
    )
    all_of_it = totals.merge(kept, on="table_id")
    below = all_of_it["adjusted"].where(all_of_it["adjusted"] != 0).astype("float64")
    rate = numpy.floor(all_of_it["executed"] * MILLION / below + 0.5)
    prorated = numpy.floor(all_of_it["executed"] * 12 * MILLION / (below * cycle.month) + 0.5)
    red, yellow = float(rules.red_below) * MILLION, float(rules.yellow_below) * MILLION
    light = numpy.select(
        [prorated.isna(), prorated < red, prorated < yellow], ["grey", "red", "yellow"], "green"
    )
    points = (prorated.clip(0, MILLION) * float(rules.execution_weight) / MILLION
              + all_of_it["attainment"].astype("float64").clip(0, MILLION) * float(rules.indicator_weight) / MILLION)  # fmt: skip
    out = pandas.DataFrame(
        {"executed": all_of_it["executed"], "rate": rate, "prorated": prorated, "light": light,
         "score": (points * 100).round() * 100, "table_id": all_of_it["table_id"]}
    )  # fmt: skip
    _write(out.astype(object).where(out.notna(), None).itertuples(index=False, name=None))


def _read(rows: Any) -> list[tuple[Any, ...]]:
    """What the database holds, without Django's conversion of every value."""
    sql, params = rows.order_by().query.get_compiler(connection=connection).as_sql()
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


_UPDATE = """UPDATE monitoring_tablefigures SET executed = g.executed, execution_rate = g.rate, prorated_rate = g.prorated,
    budget_light = g.light, score = g.score FROM bench_figures g WHERE monitoring_tablefigures.table_id = g.table_id"""


def _write(rows: Iterable[tuple[Any, ...]]) -> None:
    """Back through a temporary table, by COPY where there is one."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_figures")
        cursor.execute(
            "CREATE TEMPORARY TABLE bench_figures (executed bigint, rate bigint, prorated bigint, light varchar(6), "
            "score bigint, table_id bigint)"
        )
        whole = (tuple(int(value) if isinstance(value, float) else value for value in row) for row in rows)
        if connection.vendor == "postgresql":
            with cursor.copy("COPY bench_figures FROM STDIN") as copy:
                for row in whole:
                    copy.write_row(row)
            cursor.execute("ANALYZE bench_figures")
        else:
            cursor.executemany("INSERT INTO bench_figures VALUES (%s, %s, %s, %s, %s, %s)", list(whole))
        cursor.execute(_UPDATE)
