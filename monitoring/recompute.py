"""A whole cycle's figures, computed where the data are: the set-based twin of monitoring.assessment.assess_table.

Three upserts: the sums of each table, the rates of those sums, what the rules say of the rates. Each reads plain
columns of the one before, so that the text stays short, and writes only rows that differ.
Rates are millionths and money is fen in the database, so that every engine gives the same figures
(docs/decisions/0008-recompute-in-the-database.md). tests/monitoring/test_recompute.py proves both twins equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.db import transaction
from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Count,
    Expression,
    ExpressionWrapper,
    F,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from foundation import clock
from foundation.jobs import JobRun, job_kind
from foundation.money import MeasureField, MoneyField
from foundation.sql import as_rate, greatest_of, least_of, ratio, raw_int
from foundation.upsert import upsert
from monitoring import autofill, rollups
from monitoring.books import rules_of
from monitoring.choices import Grade, Light, Mismatch
from monitoring.models import Cycle, MonitoringTable, TableFigures
from monitoring.rulebook import Rules

MILLION = 1_000_000
_HALF_POINT = 5 * 10**9
# rates.CEILING in millionths.
_CEILING = 9_999_999_999
# Above this many fen, months × budget would leave what ratio() takes; both sides then go without their last three
# digits, far below a millionth.
_HUGE = 400_000_000_000_000
SUMS = ["initial", "adjusted", "in_place", "executed", "expected"]
FOLDS = ["weighted_completion", "weighted_attainment", "target_light", "expected_light"]
NODES = ["cycle_id", "division_id", "section_id", "department_id", "unit_id", "project_id"]
RATES = ["execution_rate", "prorated_rate", "in_place_rate", "expected_rate"]
RULED = [
    "gap",
    "mismatch",
    "mismatch_light",
    "budget_light",
    "composite",
    "execution_score",
    "target_score",
    "score",
    "grade",
    "rule_book_id",
]


@job_kind("recompute_cycle", title=_("Recompute a cycle"))
def recompute_job(run: JobRun) -> dict[str, int]:
    """Refresh, compute and sum up a cycle, named by its number in the payload."""
    return recompute(Cycle.objects.get(pk=run.payload["cycle"]))


@transaction.atomic
def recompute(cycle: Cycle) -> dict[str, int]:
    """Bring all figures of a cycle up to date; returns rows written by name. A second run writes none.

    A closed cycle keeps its figures.
    """
    cycle = Cycle.objects.select_for_update(of=("self",)).select_related("rule_book").get(pk=cycle.pk)
    if cycle.closed_at is not None:
        return {"funds": 0, "figures": 0, "rollups": 0, "newer": 0}
    written = {
        "funds": autofill.refresh_funds(cycle),
        "newer": autofill.mark_newer_figures(cycle),
        "figures": compute_figures(cycle),
        "rollups": rollups.rebuild(cycle),
    }
    Cycle.objects.filter(pk=cycle.pk).update(recomputed_at=clock.now())
    return written


def compute_figures(cycle: Cycle, table_ids: Iterable[int] | None = None) -> int:
    """Compute the figures of the cycle's tables, or of some; returns rows written."""
    rules = rules_of(cycle.rule_book)
    tables = MonitoringTable.objects.filter(cycle=cycle)
    figures = TableFigures.objects.filter(cycle_id=cycle.pk)
    if table_ids is not None:
        ids = list(table_ids)
        tables, figures = tables.filter(pk__in=ids), figures.filter(pk__in=ids)
    written = upsert(
        TableFigures,
        _sums(tables, cycle).values(*_inserted_columns()),
        match=["table_id"],
        update=[*NODES, *SUMS, *FOLDS],
    )
    for names, queryset in ((RATES, _rated(figures, cycle.month)), (RULED, _ruled(figures, cycle, rules))):
        rows = queryset.values(*_inserted_columns(names), *(f"new_{name}" for name in names))
        written += upsert(TableFigures, rows, match=["table_id"], update=names, key_prefix="new_")
    return written


_TEXTS = ["mismatch", "mismatch_light", "budget_light", "composite", "grade", "rule_book_id"]


def _inserted_columns(less: Sequence[str] = ()) -> list[str]:
    """Every column that an insert must give, without those that a later step computes."""
    return [name for name in ["table_id", *NODES, *SUMS, *FOLDS, *_TEXTS] if name not in less]


def _sums(tables: QuerySet[MonitoringTable], cycle: Cycle) -> QuerySet[MonitoringTable]:
    """Totals of each table's fund rows beside its folded indicators; one unknown expected amount leaves no sum."""
    grey = Value(Light.GREY.value, output_field=CharField())
    nothing = Value("", output_field=CharField())
    every_row_expected = Q(fund_rows=F("fund_rows_expected"))
    return (
        tables.annotate(
            table_id=F("pk"),
            fund_rows=Count("funds"),
            fund_rows_expected=Count("funds__expected"),
            initial=_total("initial"),
            adjusted=_total("adjusted"),
            in_place=_total("in_place"),
            executed=_total("executed"),
            expected_sum=Sum("funds__expected", output_field=MoneyField()),
            target_light=F("indicator_light"),
            expected_light=F("likelihood_light"),
            mismatch=nothing,
            mismatch_light=grey,
            budget_light=grey,
            composite=grey,
            grade=nothing,
            rule_book_id=Value(cycle.rule_book_id, output_field=BigIntegerField()),
        )
        .annotate(expected=Case(When(every_row_expected, then=F("expected_sum")), output_field=MoneyField()))
        .order_by()
    )


def _total(column: str) -> Expression:
    zero = Value(Decimal(0), output_field=MoneyField())
    return Coalesce(Sum(f"funds__{column}", output_field=MoneyField()), zero, output_field=MoneyField())


def _rated(figures: QuerySet[TableFigures], month: int) -> QuerySet[TableFigures]:
    """The rates of each table's sums (docs/rules: execution-rate, prorated-execution, in-place-rate)."""
    return figures.annotate(
        new_execution_rate=as_rate(_held(ratio("executed", "adjusted"))),
        new_prorated_rate=as_rate(_prorated(month)),
        new_in_place_rate=as_rate(_held(ratio("in_place", "adjusted"))),
        new_expected_rate=as_rate(_held(ratio("expected", "adjusted"))),
    ).order_by()


def _ruled(figures: QuerySet[TableFigures], cycle: Cycle, rules: Rules) -> QuerySet[TableFigures]:
    """What the rules say of each table's rates (docs/rules: lights, mismatch, score, grade)."""
    return (
        figures.annotate(
            rate=raw_int("execution_rate"),
            prorated=raw_int("prorated_rate"),
            attained=raw_int("weighted_attainment"),
            difference=raw_int("weighted_completion") - raw_int("execution_rate"),
        )
        .annotate(
            new_gap=as_rate(F("difference")),
            new_budget_light=_budget_light(cycle.month, rules),
            new_mismatch=_mismatch(rules),
            new_mismatch_light=_mismatch_light(rules),
            execution_points=_points(rules.execution_weight, "prorated"),
            target_points=_points(rules.indicator_weight, "attained"),
            new_rule_book_id=Value(cycle.rule_book_id, output_field=BigIntegerField()),
        )
        .annotate(
            points=F("execution_points") + F("target_points"),
            new_composite=_composite(),
            new_execution_score=_as_score(F("execution_points")),
            new_target_score=_as_score(F("target_points")),
        )
        .annotate(new_score=_as_score(F("points")), new_grade=_grade(rules))
        .order_by()
    )


def _times(expression: Expression, factor: int) -> Expression:
    return ExpressionWrapper(expression * Value(factor), output_field=BigIntegerField())


def _held(rate: Expression) -> Expression:
    """The ratio within ±rates.CEILING; NULL stays NULL."""
    return greatest_of(least_of(rate, Value(_CEILING)), Value(-_CEILING), output_field=BigIntegerField())


def _prorated(month: int) -> Case:
    """Twin of rates.prorated: from the raw amounts."""
    executed, adjusted = raw_int("executed"), raw_int("adjusted")
    shorter = ratio(_times(executed / Value(1000), 12), _times(adjusted / Value(1000), month))
    return Case(
        When(Q(adjusted__gt=Decimal(_HUGE) / 100), then=_held(shorter)),
        default=_held(ratio(_times(executed, 12), _times(adjusted, month))),
        output_field=BigIntegerField(),
    )


def _millionths(share: Decimal) -> Value:
    return Value(int(share * MILLION), output_field=BigIntegerField())


def _light(*cases: When, default: Light) -> Case:
    return Case(*cases, default=Value(default.value), output_field=CharField())


def _budget_light(month: int, rules: Rules) -> Case:
    """Twin of lights.budget_light."""
    cases = [
        When(Q(prorated=None), then=Value(Light.GREY.value)),
        When(Q(prorated__lt=_millionths(rules.red_below)), then=Value(Light.RED.value)),
    ]
    floor = rules.floors.get(month)
    below_floor = Q(rate__lt=_millionths(floor)) if floor is not None else Q(pk__in=[])
    if floor is not None and rules.floor_light == Light.RED:
        cases.append(When(below_floor, then=Value(Light.RED.value)))
    cases.append(When(Q(prorated__lt=_millionths(rules.yellow_below)), then=Value(Light.YELLOW.value)))
    if floor is not None:
        cases.append(When(below_floor, then=Value(Light.YELLOW.value)))
    return _light(*cases, default=Light.GREEN)


def _mismatch(rules: Rules) -> Case:
    """Twin of mismatch.mismatch."""
    yellow = int(rules.gap_yellow_above * MILLION)
    return Case(
        When(Q(difference=None), then=Value("")),
        When(Q(difference__gt=yellow), then=Value(Mismatch.TARGET_AHEAD.value)),
        When(Q(difference__lt=-yellow), then=Value(Mismatch.MONEY_AHEAD.value)),
        default=Value(Mismatch.CONSISTENT.value),
        output_field=CharField(),
    )


def _mismatch_light(rules: Rules) -> Case:
    """Twin of mismatch.mismatch_light."""
    red, yellow = int(rules.gap_red_above * MILLION), int(rules.gap_yellow_above * MILLION)
    return _light(
        When(Q(difference=None), then=Value(Light.GREY.value)),
        When(Q(difference__gt=red) | Q(difference__lt=-red), then=Value(Light.RED.value)),
        When(Q(difference__gt=yellow) | Q(difference__lt=-yellow), then=Value(Light.YELLOW.value)),
        default=Light.GREEN,
    )


def _composite() -> Case:
    """Twin of lights.composite: the worst of the three."""
    lights = ["new_budget_light", "target_light", "expected_light"]
    cases = []
    for light in (Light.RED, Light.YELLOW, Light.GREEN, Light.BLUE):
        any_of_them = Q()
        for name in lights:
            any_of_them |= Q(**{name: light.value})
        cases.append(When(any_of_them, then=Value(light.value)))
    return _light(*cases, default=Light.GREY)


def _points(weight: Decimal, share: str) -> Case:
    """Twin of scores._points: hundredths of a point, weight × share held between 0 and 1, half up."""
    millionths = int(weight * MILLION)
    # weight (millionths) × share (millionths) / 10^10 gives hundredths of a point.
    exact = (F(share) * Value(millionths) + Value(_HALF_POINT)) / Value(2 * _HALF_POINT)
    return Case(
        When(Q(**{share: None}), then=Value(None)),
        When(Q(**{f"{share}__lte": 0}), then=Value(0)),
        When(
            Q(**{f"{share}__gte": MILLION}),
            then=Value((millionths * MILLION + _HALF_POINT) // (2 * _HALF_POINT)),
        ),
        default=ExpressionWrapper(exact, output_field=BigIntegerField()),
        output_field=BigIntegerField(),
    )


def _as_score(points: Expression | F) -> Expression:
    """Hundredths of a point as MeasureField keeps them (ten-thousandths)."""
    return ExpressionWrapper(points * Value(100), output_field=MeasureField())


def _grade(rules: Rules) -> Case:
    """Twin of scores.grade."""
    bounds = (
        (rules.excellent_from, Grade.EXCELLENT),
        (rules.good_from, Grade.GOOD),
        (rules.fair_from, Grade.FAIR),
    )
    return Case(
        When(Q(points=None), then=Value("")),
        *(When(Q(points__gte=int(bound * 100)), then=Value(grade.value)) for bound, grade in bounds),
        default=Value(Grade.POOR.value),
        output_field=CharField(),
    )
