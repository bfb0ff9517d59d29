"""Indicators of a project, and the objective that speaks of the same figures."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from math import log10
from random import Random

from demo.catalogue.reading import Measure, Quantity, measures_of
from demo.city import FEN_PER_WAN, Indicator, Project
from projects.choices import Accrual, Level1, Level2, Sign

TOTAL_WEIGHT = Decimal(90)
FEWEST, MOST = 8, 14
COST_AS_GROUP_SHARE = 0.35
"""Projects that give costs a first level of their own, as forms since 2021 do."""
DROPPED_SHARE = 0.02

_LEVEL2 = {
    "质": (Level1.OUTPUT, Level2.QUALITY),
    "时": (Level1.OUTPUT, Level2.TIMELINESS),
    "本": (Level1.OUTPUT, Level2.COST),
    "经": (Level1.EFFECT, Level2.ECONOMIC),
    "社": (Level1.EFFECT, Level2.SOCIAL),
    "态": (Level1.EFFECT, Level2.ECOLOGICAL),
    "续": (Level1.EFFECT, Level2.SUSTAINABLE),
}
_SIGNS = {"≥": Sign.GE, "＞": Sign.GT, "=": Sign.EQ, "＜": Sign.LT, "≤": Sign.LE, "区间": Sign.BETWEEN}
_COUNTED_UNITS = {"人", "人次", "户次", "万元"}

# Shares of the 90 points: the two customs met in published tables.
_USUAL = {Level1.OUTPUT: 50, Level1.EFFECT: 30, Level1.SATISFACTION: 10}
_WITH_COST = {Level1.COST: 20, Level1.OUTPUT: 40, Level1.EFFECT: 20, Level1.SATISFACTION: 10}


def build(rng: Random, project: Project, serial: int) -> list[Indicator]:
    """Eight to fourteen indicators of all kinds, in the order of the form, weights adding up to 90."""
    with_cost = rng.random() < COST_AS_GROUP_SHARE
    found = _quantities(rng, project.work.quantities)
    found += [
        _measured(rng, measure, project) for measure in _choose(rng, project.work.shape, FEWEST - len(found))
    ]
    found.append(_satisfaction(rng, project))
    if rng.random() < 0.12:
        found.append(_second_satisfaction(rng))
    if with_cost:
        for row in found:
            if row.level2 == Level2.COST:
                row.level1, row.level2 = Level1.COST, Level2.ECONOMIC_COST
    found.sort(
        key=lambda row: (list(Level1).index(Level1(row.level1)), list(Level2).index(Level2(row.level2)))
    )
    found = found[:MOST]
    if rng.random() < DROPPED_SHARE:
        _drop(rng, found)
    _weigh(rng, [row for row in found if not row.dropped], _WITH_COST if with_cost else _USUAL)
    set_due_days(rng, project, found)
    for number, row in enumerate(found, start=1):
        row.code = f"ZB{serial:06d}{number:02d}"
    return found


def _wanted(rng: Random) -> dict[str, int]:
    """How many of each group: at least one output of each kind and two effects."""
    effects = rng.sample(("经", "社", "社", "态", "续"), rng.choice((2, 3, 3, 4)))
    return {
        "质": rng.choice((1, 2, 2, 3)),
        "时": rng.choice((1, 2, 2)),
        "本": rng.choice((1, 1, 2)),
        **{group: effects.count(group) for group in "经社态续"},
    }


def _choose(rng: Random, shape: str, fewest: int) -> list[Measure]:
    """Measures of every group as far as the shape has them, and more of any until there are `fewest`."""
    pool = list(measures_of(shape))
    rng.shuffle(pool)
    chosen: list[Measure] = []
    for group, many in _wanted(rng).items():
        chosen += [measure for measure in pool if measure.group == group][:many]
    rest = [measure for measure in pool if measure not in chosen]
    return chosen + rest[: max(fewest - len(chosen), 0)]


# What is kept up through the year rather than added up: a head count, a length of road that is swept.
_KEPT_UP = re.compile(
    "^(保障|配备|运维|维护|运营|保洁|清扫|管护|养护|租用|聘请|管控|监管|管理|供养|开放|覆盖|服务(办公|用户|预算|社区|参保))"
)


def _quantities(rng: Random, quantities: Sequence[Quantity]) -> list[Indicator]:
    """One indicator a quantity; at least one of them adds up through the year."""
    rows = [_quantity(rng, quantity) for quantity in quantities]
    kept_up = [row for row in rows if _KEPT_UP.match(row.phrase) and row.unit != "个月"]
    for row in kept_up[: len(rows) - 1]:
        row.accrual, row.sign = Accrual.POINT, Sign.GE
    return rows


def _quantity(rng: Random, quantity: Quantity) -> Indicator:
    sign = rng.choices((Sign.GE, Sign.EQ, Sign.GT), (88, 10, 2))[0]
    if quantity.low == quantity.high:
        sign, target = Sign.EQ, quantity.low
    else:
        target = _round_target(rng, quantity)
    return Indicator(
        Level1.OUTPUT,
        Level2.QUANTITY,
        quantity.name,
        sign,
        target,
        None,
        "",
        quantity.unit,
        Accrual.CUMULATIVE,
        phrase=quantity.phrase,
    )


def _round_target(rng: Random, quantity: Quantity) -> Decimal:
    """A target within the usual range, small ones far more often, round as plans are."""
    low, high = float(quantity.low), float(quantity.high)
    value = low * (high / low) ** (rng.random() ** 1.3)
    if quantity.low != int(quantity.low) or quantity.high != int(quantity.high):
        return Decimal(str(round(value, 1))).normalize()
    step = 10 ** max(int(log10(value)) - 1, 0)
    return Decimal(max(round(value / step) * step, 1))


def _measured(rng: Random, measure: Measure, project: Project) -> Indicator:
    level1, level2 = _LEVEL2[measure.group]
    target = rng.choice(measure.targets)
    if measure.sign == "定性":
        return Indicator(level1, level2, measure.name, Sign.LEVEL, None, None, target, "", Accrual.POINT)
    low, high = _numbers(rng, target, project)
    counted = measure.unit in _COUNTED_UNITS and measure.sign in ("≥", "＞")
    if measure.sign == "=" and low == 0:
        counted = True
    accrual = Accrual.CUMULATIVE if counted else Accrual.POINT
    return Indicator(level1, level2, measure.name, _SIGNS[measure.sign], low, high, "", measure.unit, accrual)


def _numbers(rng: Random, target: str, project: Project) -> tuple[Decimal, Decimal | None]:
    if target == "{cost}":
        end = date(project.year, 12, 31)
        budget = max(project.adjusted(end), project.initial)
        return (Decimal(budget) / FEN_PER_WAN).quantize(Decimal("0.01"), ROUND_HALF_UP), None
    if target == "{many}":
        return Decimal(round(10 ** rng.uniform(2.3, 4.2), -2) or 200), None
    if "~" in target:
        low, high = target.split("~")
        return Decimal(low), Decimal(high)
    return Decimal(target), None


def _satisfaction(rng: Random, project: Project) -> Indicator:
    people = project.work.people
    target = Decimal(rng.choice((85, 90, 90, 90, 92, 95)))
    return Indicator(
        Level1.SATISFACTION,
        Level2.BENEFICIARY,
        f"{people}满意度",
        Sign.GE,
        target,
        None,
        "",
        "%",
        Accrual.POINT,
    )


def _second_satisfaction(rng: Random) -> Indicator:
    name, target = rng.choice((("主管部门满意度", 90), ("社会公众满意度", 85), ("工作人员满意度", 90)))
    return Indicator(
        Level1.SATISFACTION, Level2.BENEFICIARY, name, Sign.GE, Decimal(target), None, "", "%", Accrual.POINT
    )


def _drop(rng: Random, rows: Sequence[Indicator]) -> None:
    """Take one indicator out, as an approved target adjustment does: its row stays without weight."""
    quality = [row for row in rows if row.level2 in (Level2.QUALITY, Level2.TIMELINESS)]
    if len(quality) > 2:
        rng.choice(quality).dropped = True


def _weigh(rng: Random, rows: Sequence[Indicator], shares: dict[Level1, int]) -> None:
    for level1, points in shares.items():
        group = [row for row in rows if row.level1 == level1]
        for row, weight in zip(group, _split_points(rng, points, len(group)), strict=True):
            row.weight = weight
    # A group that is missing leaves its points to the quantities.
    missing = TOTAL_WEIGHT - sum(row.weight for row in rows)
    if missing:
        rows[0].weight += missing


def _split_points(rng: Random, points: int, parts: int) -> list[Decimal]:
    """Points in whole or half numbers, each at least 2."""
    if not parts:
        return []
    free = points * 2 - parts * 4
    chances = [rng.uniform(0.5, 1.5) for _ in range(parts)]
    extra = [int(free * chance / sum(chances)) // 2 * 2 for chance in chances]
    extra[0] += free - sum(extra)
    return [Decimal(4 + more) / 2 for more in extra]


# Point-in-time results fall due late in the year; who is far behind plans his acceptance later still.
_DUE_MONTHS = ((6, 7), (9, 22), (11, 14), (12, 57))
_UNDATED_SHARE = 0.05


def set_due_days(rng: Random, project: Project, rows: Sequence[Indicator]) -> None:
    """Say when point-in-time indicators are judged; counts and "none at all" are judged in every cycle."""
    for row in rows:
        if row.accrual == Accrual.CUMULATIVE or rng.random() < _UNDATED_SHARE:
            continue
        months, weights = zip(*_DUE_MONTHS, strict=True)
        month = rng.choices(months, weights)[0]
        if month == 6 and project.plan.june < Decimal("0.3") and rng.random() < 0.7:
            month = 12
        if row.level2 in (Level2.COST, Level2.ECONOMIC_COST):
            month = max(month, 11)
        row.due_on = date(project.year, month, 31 if month == 12 else 30)
    # What is judged at a moment is full or missed, and would drown what is counted if much of it fell due early.
    _postpone(project, rows, 6, project.plan.june)
    _postpone(project, rows, 9, project.plan.september)


_EARLY_SHARE = Decimal("0.3")


def _postpone(project: Project, rows: Sequence[Indicator], month: int, progress: Decimal) -> None:
    """Let point-in-time results fall due at the year's end until those due by `month` weigh little."""
    cut_off = date(project.year, month, 30)
    counted = sum(
        row.weight for row in rows if row.accrual == Accrual.CUMULATIVE and row.low and not row.dropped
    )
    early = [
        row for row in rows if row.is_due(cut_off) and not (row.accrual == Accrual.CUMULATIVE and row.low)
    ]
    early.sort(key=lambda row: (row.low == 0, -row.weight))
    while early and sum(row.weight for row in early) > _EARLY_SHARE * progress * (counted or TOTAL_WEIGHT):
        early.pop(0).due_on = date(project.year, 12, 31)


def number(value: Decimal) -> str:
    """A figure without needless zeros."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def in_words(row: Indicator) -> str:
    """The target as an objective says it: 工程验收合格率达到100%."""
    if row.sign == Sign.LEVEL:
        # 生活改善程度 + 明显改善 reads 生活明显改善.
        return f"{row.name.removesuffix('程度').removesuffix(row.text[-2:])}{row.text}"
    low = number(row.low or Decimal(0))
    if row.sign == Sign.BETWEEN:
        return f"{row.name}保持在{low}—{number(row.high or Decimal(0))}{row.unit}"
    if row.sign == Sign.EQ:
        return f"{row.name}为零" if row.low == 0 else f"{row.name}达到{low}{row.unit}"
    if row.sign in (Sign.LE, Sign.LT):
        return f"{row.name}控制在{low}{row.unit}以内"
    if row.sign == Sign.GT:
        return f"{row.name}超过{low}{row.unit}"
    return f"{row.name}达到{low}{row.unit}{'' if low == '100' and row.unit == '%' else '以上'}"


_FRAMES = (
    "{year}年计划{did}。{results}，{aim}。",
    "通过实施{work}，{aim}。年内{did}，{results}。",
    "按照年度工作安排，{year}年{did}，{results}，{aim}。",
    "紧扣部门职责，{year}年度{did}；{results}。通过项目实施，{aim}。",
    "本年度主要目标：{did}；{results}，切实{aim}。",
    "全年{did}，{results}，进一步{aim}，确保资金使用安全高效。",
    "坚持统筹推进、规范管理，{year}年{did}，{results}，{aim}。",
    "年内完成以下任务：{did}。项目实施后，{results}，{aim}。",
)
SHORTEST, LONGEST = 60, 160


def objective(rng: Random, project: Project) -> str:
    """Sixty to 160 characters that name the quantities and some results, in the style of budget documents."""
    rows = [row for row in project.indicators if not row.dropped]
    did = "，".join(said(row, row.low) for row in rows if row.phrase)
    satisfied = [row for row in rows if row.level1 == Level1.SATISFACTION][:1]
    others = [row for row in rows if not row.phrase and row not in satisfied]
    others = [row for row in others if row.level2 not in (Level2.COST, Level2.ECONOMIC_COST)]
    rng.shuffle(others)
    frame = rng.choice(_FRAMES)
    texts = [_framed(frame, project, did, [*others[:many], *satisfied]) for many in range(5)]
    fitting = [text for text in texts if SHORTEST <= len(text) <= LONGEST]
    if fitting:
        return rng.choice(fitting)
    return max((text for text in texts if len(text) <= LONGEST), key=len, default=texts[0][:LONGEST])


def _framed(frame: str, project: Project, did: str, results: Sequence[Indicator]) -> str:
    words = "，".join(in_words(row) for row in results)
    return frame.format(
        year=project.year, work=project.work.name, did=did, results=words, aim=project.work.aim
    )


def said(row: Indicator, value: Decimal | None) -> str:
    """A quantity in a sentence with this number."""
    return row.phrase.format(n=number(value or Decimal(0)))
