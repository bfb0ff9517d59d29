"""What the indicators really are at June and September, and what the clerk says of them.

Actual values follow the money: progress of the counted indicators is chosen so that the weighted completion
lies a drawn gap away from the execution rate, small for most projects and above 20 points for about a tenth.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from demo import opinions
from demo.amounts import month_end
from demo.city import FEN_PER_WAN, Indicator, Project
from demo.indicators import number, said
from demo.published import PROJECTS as PUBLISHED
from monitoring import completion
from monitoring.choices import CauseCategory, LevelResult, Likelihood
from projects.choices import Accrual, Level2, Sign

MONTHS = (6, 9)
SERIOUS_SHARE = 0.115
# The limits of the example rule book; a bureau's own book may set others.
RED_BELOW, YELLOW_BELOW, EXPLAIN_ABOVE = Decimal("0.6"), Decimal("0.8"), Decimal("1.3")
SERIOUS_GAP = Decimal("0.2")
LOW_RATE = Decimal("0.8")
_WHOLE_UNITS = {"%", "万元", "公里", "万亩", "万平方米", "平方公里", "万吨", "万人次", "秒", "万页", "万条"}
"""Units that take a decimal; everything else is counted in whole numbers."""


@dataclass(slots=True)
class Actual:
    """One indicator in one cycle, as the clerk fills it. Blank values stay ""."""

    project_code: str
    indicator_code: str
    month: int
    value: str = ""
    level: str = ""
    likelihood: str = Likelihood.CERTAIN
    expected_value: str = ""
    causes: tuple[str, ...] = ()
    cause_text: str = ""
    measure: str = ""


@dataclass(slots=True)
class Fill:
    """The texts of one table in one cycle."""

    project_code: str
    month: int
    objective_progress: str
    attainable: bool
    execution_reason: str = ""
    execution_plan_on: date | None = None
    problems: str = ""
    measures: str = ""
    suggestions: str = ""
    target_changed: bool = False
    target_change_note: str = ""
    explanation: str = ""


@dataclass(slots=True)
class Truth:
    """What is known of an indicator: value or level, completion, and what the light will ask for."""

    row: Indicator
    value: Decimal | None = None
    level: str = ""
    typed: str = ""
    completion: Decimal | None = None
    colour: str = "grey"


@dataclass(slots=True)
class Filled:
    actuals: list[Actual] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)


def fill(rng: Random, project: Project) -> Filled:
    """Both cycles of a project; the second builds on the first."""
    found = Filled()
    serious = rng.random() < SERIOUS_SHARE
    gap = _draw_gap(rng, project, serious=serious)
    before: dict[str, Decimal] = {}
    for month in MONTHS:
        truths = _truths(rng, project, month, gap, before)
        for truth in truths:
            if truth.value is not None:
                before[truth.row.code] = truth.value
        rows = [_filled_in(rng, project, truth, month) for truth in truths if not truth.row.dropped]
        found.actuals += rows
        lost = any(row.likelihood == Likelihood.IMPOSSIBLE for row in rows)
        found.fills.append(_texts(rng, project, truths, month, attainable=not lost))
        gap = gap * rng.uniform(0.35, 1.0) + rng.gauss(0, 0.02)
    return found


def _draw_gap(rng: Random, project: Project, *, serious: bool) -> float:
    """How far targets are ahead of money, as a share; negative when money is ahead."""
    rate = float(project.plan.june)
    if serious:
        size = rng.uniform(0.22, 0.4)
        return -size if rate > 0.45 and rng.random() < 0.6 else size
    if rng.random() < 0.2:
        return rng.choice((-1, 1, 1)) * rng.uniform(0.11, 0.18)
    return min(max(rng.gauss(0.02, 0.04), -0.08), 0.09)


def _truths(rng: Random, project: Project, month: int, gap: float, before: dict[str, Decimal]) -> list[Truth]:
    cut_off = month_end(project.year, month)
    rows = project.indicators
    published = _stated(project)
    rate = float(project.execution_rate(cut_off) or 0)
    bad = rate < 0.6 * month / 12
    truths = [Truth(row) for row in rows]
    due = [truth for truth in truths if truth.row.is_due(cut_off)]
    if published is not None:
        for truth in due:
            _state(truth, published.get(truth.row.name, ""))
        return truths
    points = [truth for truth in due if not _grows(truth.row)]
    for truth in points:
        _settle(rng, project, truth, cut_off, bad=bad)
    counted = [truth for truth in due if _grows(truth.row)]
    progress = _progress(rate + gap, due, points, counted)
    for truth in counted:
        truth.value = _count_up(rng, truth.row, progress, month)
    for truth in due:
        if truth.value is not None and truth.row.accrual == Accrual.CUMULATIVE:
            truth.value = max(truth.value, before.get(truth.row.code, Decimal(0)))
    for truth in due:
        _judge(truth, month)
    return truths


def _stated(project: Project) -> dict[str, str] | None:
    """Actuals as a publication states them, by indicator; None for projects whose indicators are ours."""
    for published in PUBLISHED:
        if published.name == project.name and published.indicators:
            return {row.name: row.actual for row in published.indicators}
    return None


def _state(truth: Truth, typed: str) -> None:
    truth.typed = typed
    try:
        truth.value = Decimal(typed)
    except ArithmeticError:
        truth.value = None


def _count_up(rng: Random, row: Indicator, progress: float, month: int) -> Decimal:
    """Value of a counted indicator at this progress; what happens monthly stands at the month."""
    low = row.low or Decimal(0)
    if row.sign == Sign.EQ and low == 12 and row.phrase:
        return Decimal(month)
    return _rounded(row, low * Decimal(f"{progress * rng.uniform(0.9, 1.1):.6f}"))


def _grows(row: Indicator) -> bool:
    return completion.follows_time(row.sign, row.accrual, row.low)


def _progress(
    wanted: float, due: Sequence[Truth], points: Sequence[Truth], counted: Sequence[Truth]
) -> float:
    """Progress of the counted indicators that brings the weighted completion to `wanted`."""
    total = float(sum(truth.row.weight for truth in due))
    settled = sum(float(truth.row.weight) * float(min(truth.completion or 0, 1)) for truth in points)
    weight = float(sum(truth.row.weight for truth in counted))
    if not weight:
        return 0.0
    return min(max((wanted * total - settled) / weight, 0.015), 1.02)


def _rounded(row: Indicator, value: Decimal) -> Decimal:
    places = Decimal("0.1") if row.unit in _WHOLE_UNITS and (row.low or 0) < 1000 else Decimal(1)
    return value.quantize(places, ROUND_HALF_UP)


def _settle(rng: Random, project: Project, truth: Truth, cut_off: date, *, bad: bool) -> None:
    """Give a point-in-time indicator its result, met nearly always when the project runs well."""
    row = truth.row
    met = rng.random() > (0.16 if bad else 0.025)
    if row.sign == Sign.LEVEL:
        odds = (0.25, 0.63, 0.12) if bad else (0.9, 0.095, 0.005)
        truth.level = rng.choices((LevelResult.ACHIEVED, LevelResult.PARTLY, LevelResult.NOT), odds)[0]
        truth.completion = Decimal({"achieved": "1", "partly": "0.7", "not": "0.3"}[truth.level])
        return
    if row.level2 in (Level2.COST, Level2.ECONOMIC_COST) and row.unit == "万元" and row.low:
        paid = Decimal(project.paid(cut_off)) / FEN_PER_WAN
        truth.value = min(paid.quantize(Decimal("0.01"), ROUND_HALF_UP), row.low) if paid > 0 else Decimal(0)
    else:
        truth.value = _near(rng, row, met=met if row.low else rng.random() > (0.02 if bad else 0.003))
    truth.completion = completion.completion(row.sign, row.low, row.high, truth.value)


def _near(rng: Random, row: Indicator, *, met: bool) -> Decimal:
    """A value on the right or the wrong side of the target, never absurdly far."""
    low = row.low or Decimal(0)
    if row.sign == Sign.EQ:
        if low == 0:
            return Decimal(0 if met else rng.choice((1, 1, 2)))
        return low if met else _share(rng, low, 0.86, 0.985)
    if row.sign == Sign.BETWEEN:
        high = row.high or low
        return _between(rng, low, high) if met else _share(rng, low, 0.7, 0.95)
    if row.sign in (Sign.LE, Sign.LT):
        return _share(rng, low, 0.55, 0.95) if met else _share(rng, low, 1.05, 1.4)
    if not met:
        return _share(rng, low, 0.7, 0.96)
    if row.unit == "%" and low <= 100:
        return _between(rng, min(low + Decimal("0.2"), Decimal(100)), Decimal(100) if low >= 60 else low * 2)
    return _share(rng, low, 1.01, 1.2)


def _share(rng: Random, target: Decimal, low: float, high: float) -> Decimal:
    return (target * Decimal(f"{rng.uniform(low, high):.6f}")).quantize(Decimal("0.1"), ROUND_HALF_UP)


def _between(rng: Random, low: Decimal, high: Decimal) -> Decimal:
    step = Decimal("0.1") if high - low < 20 else Decimal(1)
    return (low + (high - low) * Decimal(f"{rng.random():.6f}")).quantize(step, ROUND_HALF_UP)


def _judge(truth: Truth, month: int) -> None:
    """Completion and the colour that the example rules give it."""
    row = truth.row
    if row.sign == Sign.LEVEL:
        truth.colour = {"achieved": "green", "partly": "yellow", "not": "red"}.get(truth.level, "grey")
        return
    truth.completion = completion.completion(row.sign, row.low, row.high, truth.value)
    if truth.completion is None:
        return
    if not _grows(row):
        truth.colour = "green" if completion.is_met(row.sign, row.low, row.high, truth.value) else "red"
        return
    share = completion.attainment(
        row.sign, row.accrual, row.low, truth.value, month, truth.completion
    ) or Decimal(0)
    truth.colour = "red" if share < RED_BELOW else "yellow" if share < YELLOW_BELOW else "green"


def _filled_in(rng: Random, project: Project, truth: Truth, month: int) -> Actual:
    row = truth.row
    filled = Actual(project.code, row.code, month, truth.typed, truth.level)
    if truth.value is not None and not truth.typed:
        filled.value = number(truth.value)
    if (
        truth.typed == ""
        and truth.value is None
        and not truth.level
        and row.is_due(month_end(project.year, month))
    ):
        # The publication leaves this cell blank; so does the clerk.
        filled.likelihood = ""
        return filled
    filled.likelihood = _likelihood(rng, truth)
    over = (truth.completion or 0) > EXPLAIN_ABOVE and _grows(row)
    over = over or (
        row.sign == Sign.EQ and bool(row.low) and truth.value is not None and truth.value > (row.low or 0)
    )
    if over:
        filled.likelihood = Likelihood.CERTAIN
    if truth.colour in ("red", "yellow") or filled.likelihood != Likelihood.CERTAIN or over:
        _explain(rng, project, truth, filled, month, over=over)
    return filled


def _likelihood(rng: Random, truth: Truth) -> str:
    if truth.row.low == 0 and truth.colour != "red":
        return Likelihood.CERTAIN
    odds = {
        "red": (0.2, 0.72, 0.08),
        "yellow": (0.45, 0.55, 0),
        "green": (0.97, 0.03, 0),
        "grey": (0.96, 0.04, 0),
    }
    return rng.choices((Likelihood.CERTAIN, Likelihood.POSSIBLE, Likelihood.IMPOSSIBLE), odds[truth.colour])[
        0
    ]


def _explain(rng: Random, project: Project, truth: Truth, filled: Actual, month: int, *, over: bool) -> None:
    row = truth.row
    share = round(float(truth.completion or 0) * 100)
    if over:
        filled.causes = (CauseCategory.OTHER,)
        filled.cause_text = opinions.over_target(rng, name=row.name, share=share)
        return
    categories = opinions.categories(rng, project.work.shape)
    filled.causes = tuple(sorted(categories))
    work = project.work.name
    actual = f"{number(truth.value)}{row.unit}" if truth.value is not None else ""
    standing = opinions.Standing(_standing(truth), row.name, actual, share)
    shape = project.work.shape
    filled.cause_text = opinions.cause(rng, categories[0], standing, shape=shape, work=work, month=month)
    filled.measure = opinions.measure(rng, shape=shape, what=work, month=month)
    if filled.likelihood != Likelihood.CERTAIN:
        filled.expected_value = _expected(rng, truth, filled.likelihood)


def _standing(truth: Truth) -> str:
    """Which words tell where the indicator stands."""
    if truth.level:
        return "partly"
    if truth.value is None or truth.colour == "green":
        return "later"
    return "counted" if _grows(truth.row) else "missed"


def _expected(rng: Random, truth: Truth, likelihood: str) -> str:
    """What the clerk expects for the year: near the target when possible, well short when not."""
    row = truth.row
    if row.low is None:
        return "部分达成目标" if likelihood == Likelihood.POSSIBLE else "未达成目标"
    if row.low == 0 or row.sign in (Sign.LE, Sign.LT, Sign.BETWEEN):
        return number(truth.value if truth.value is not None else row.low)
    low, high = (0.85, 1.0) if likelihood == Likelihood.POSSIBLE else (0.5, 0.75)
    value = _rounded(row, row.low * Decimal(f"{rng.uniform(low, high):.6f}"))
    return number(max(value, truth.value or Decimal(0)))


def _texts(rng: Random, project: Project, truths: Iterable[Truth], month: int, *, attainable: bool) -> Fill:
    truths = [truth for truth in truths if not truth.row.dropped]
    cut_off = month_end(project.year, month)
    rate = project.execution_rate(cut_off)
    prorated = None if rate is None else rate * 12 / month
    worst = [truth.colour for truth in truths]
    pace = "poor" if prorated is not None and prorated < RED_BELOW else "slow" if "red" in worst else "good"
    did = [said(truth.row, truth.value) for truth in truths if truth.row.phrase and truth.value]
    work = project.work.name
    gap = _gap(truths, rate)
    filled = Fill(
        project.code,
        month,
        opinions.progress(rng, pace, did, month),
        attainable=attainable,
        explanation=opinions.explanation(rng, work, month),
    )
    kind = _kind_of_reason(project, prorated, gap, cut_off)
    if kind != "fine" or rng.random() < 0.1:
        shown = "0.00" if rate is None else f"{rate * 100:.2f}"
        filled.execution_reason = opinions.execution_reason(
            rng, kind, shape=project.work.shape, work=work, rate=shown, month=month
        )
    if kind == "nothing":
        filled.execution_plan_on = date(project.year, min(month + rng.randint(1, 3), 12), rng.randint(8, 28))
    if pace != "good":
        filled.problems = opinions.problems(rng, work)
        filled.measures = opinions.measures_taken(rng, work)
    if rng.random() < 0.12:
        filled.suggestions = opinions.suggestion(rng, work)
    if abs(_change_share(project, cut_off)) > Decimal("0.3") and rng.random() < 0.5:
        filled.target_changed = True
        filled.target_change_note = f"因预算调整，拟按程序相应调整{work}的数量指标和成本指标目标值。"
    return filled


def _kind_of_reason(project: Project, prorated: Decimal | None, gap: Decimal, cut_off: date) -> str:
    """Which reason the money asks for; a light that is not green comes first."""
    if prorated is not None and prorated < LOW_RATE:
        return "slow" if project.paid(cut_off) > 0 else "nothing"
    if abs(gap) > SERIOUS_GAP:
        return "target_ahead" if gap > 0 else "money_ahead"
    return "fine"


def _gap(truths: Iterable[Truth], rate: Decimal | None) -> Decimal:
    rows = [(truth.row.weight, truth.completion) for truth in truths]
    completed = completion.weighted_share(rows)
    return Decimal(0) if completed is None or rate is None else completed - rate


def _change_share(project: Project, on: date) -> Decimal:
    initial = project.initial
    return Decimal(project.adjusted(on) - initial) / initial if initial else Decimal(0)


def serious_mismatch(project: Project, filled: Filled, month: int) -> bool:
    """Whether the filled values put targets and money more than 20 points apart."""
    rows = {row.code: row for row in project.indicators}
    pairs = []
    for actual in filled.actuals:
        row = rows[actual.indicator_code]
        if actual.month != month or not row.is_due(month_end(project.year, month)):
            continue
        share = None
        if actual.level:
            share = Decimal({"achieved": "1", "partly": "0.7", "not": "0.3"}[actual.level])
        elif actual.value.replace(".", "").isdigit():
            share = completion.completion(row.sign, row.low, row.high, Decimal(actual.value))
        pairs.append((row.weight, share))
    completed = completion.weighted_share(pairs)
    rate = project.execution_rate(month_end(project.year, month))
    return completed is not None and rate is not None and abs(completed - rate) > SERIOUS_GAP
