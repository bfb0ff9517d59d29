"""What colour a figure shows.

A light compares figures already rounded to six places: 0.600000 is not below 60 %.

Source: docs/rules/lights.md
"""

from collections.abc import Iterable
from decimal import Decimal

from monitoring.choices import LevelResult, Light, Likelihood
from monitoring.completion import follows_time
from monitoring.rulebook import Rules

# Worst last. Grey says nothing, so anything outweighs it; blue shows only where nothing else does.
SEVERITY = {Light.GREY: 0, Light.BLUE: 1, Light.GREEN: 2, Light.YELLOW: 3, Light.RED: 4}

LIGHT_OF_LEVEL = {
    LevelResult.ACHIEVED: Light.GREEN,
    LevelResult.PARTLY: Light.YELLOW,
    LevelResult.NOT: Light.RED,
}
LIGHT_OF_LIKELIHOOD = {
    Likelihood.CERTAIN: Light.GREEN,
    Likelihood.POSSIBLE: Light.YELLOW,
    Likelihood.IMPOSSIBLE: Light.RED,
}


def worst(lights: Iterable[str]) -> Light:
    """The worst of several lights: red, yellow, green, blue, grey; grey when there is none."""
    return max((Light(light) for light in lights), key=SEVERITY.__getitem__, default=Light.GREY)


def budget_light(prorated: Decimal | None, rate: Decimal | None, month: int, rules: Rules) -> Light:
    """Light of budget execution (预算执行预警): red, yellow or green; grey when there is no rate.

    prorated: execution rate against time progress; rate: execution rate, compared with the month's floor.
    The worse of the band and the floor wins. Spending is never blue: paying faster is no merit.
    Source: docs/rules/lights.md
    """
    if prorated is None or rate is None:
        return Light.GREY
    light = banded_light(prorated, rules)
    floor = rules.floors.get(month)
    if floor is not None and rate < floor:
        return worst([light, rules.floor_light])
    return light


def banded_light(share: Decimal, rules: Rules) -> Light:
    """Red below red_below, yellow below yellow_below, else green."""
    if share < rules.red_below:
        return Light.RED
    return Light.YELLOW if share < rules.yellow_below else Light.GREEN


def indicator_light(
    sign: str,
    accrual: str,
    low: Decimal | None,
    *,
    attained: Decimal | None,
    met: bool | None,
    level: str | None = None,
    rules: Rules,
) -> Light:
    """Light of one indicator that is due and not dropped (序时进度预警); grey when it has no result.

    attained: attainment; met: whether the actual lies where the sign wants it; level: for qualitative ones.
    Judged by time: red, yellow, green and, from blue_from on, blue. Other numbers: green when met, else red.
    Source: docs/rules/lights.md
    """
    if level:
        return LIGHT_OF_LEVEL[LevelResult(level)]
    if attained is None or met is None:
        return Light.GREY
    if not follows_time(sign, accrual, low):
        return Light.GREEN if met else Light.RED
    return Light.BLUE if attained >= rules.blue_from else banded_light(attained, rules)


def target_light(rows: Iterable[tuple[Decimal, str]], rules: Rules) -> Light:
    """Light of a project's targets (目标完成预警): the worst of its indicators.

    rows: (weight, light). Weights below ignore_weight_below do not count; blue only when all are blue.
    Source: docs/rules/lights.md
    """
    return worst(light for weight, light in rows if weight >= rules.ignore_weight_below)


def expected_light(likelihoods: Iterable[str | None]) -> Light:
    """Light of the expected full-year result (全年预计完成情况预警): the worst of the likelihoods given.

    Source: docs/rules/lights.md
    """
    return worst(LIGHT_OF_LIKELIHOOD[Likelihood(each)] for each in likelihoods if each)


def composite(budget: str, target: str, expected: str) -> Light:
    """The one light of a table: the worst of its three; grey ones say nothing.

    Source: docs/rules/lights.md
    """
    return worst([budget, target, expected])
