"""A rule book as sections of facts and tables, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext
from django.utils.translation import gettext as _

from foundation.templatetags.figures import measure, rate
from foundation.templatetags.ui import light
from monitoring.checks.registry import CHECKS
from monitoring.choices import Grade, LevelResult, Light, Mismatch, Severity, Tier
from monitoring.form import TABLE_COLUMNS
from monitoring.periods import LAST_MONTHS
from monitoring.rulebook import OFF, RaiseRule, Rules

Cell = str | SafeString


@dataclass(frozen=True)
class Table:
    heads: list[str]
    rows: list[list[Cell]]


@dataclass(frozen=True)
class Section:
    id: str
    title: str
    facts: list[tuple[str, Cell]] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)


def sections(rules: Rules) -> list[Section]:
    """The whole book, part by part."""
    return [
        Section("lights", _("Lights"), _light_facts(rules), [_bands(rules), *_floors(rules)]),
        Section("mismatch", _("Money against targets"), _mismatch_facts(rules)),
        Section("score", _("Score and grade"), _score_facts(rules), [_grades(rules)]),
        Section("indicators", _("Indicators"), _indicator_facts(rules), [_levels(rules)]),
        Section("execution", _("Execution"), _execution_facts(rules)),
        Section("texts", _("Texts"), _text_facts(rules)),
        Section("clocks", _("Clocks"), _clock_facts(rules)),
        Section("checks-in-force", _("Checks"), tables=[_checks(rules)]),
        Section("returns", _("Reasons for a return"), tables=[_reasons(rules)]),
        Section("problems", _("Problems and what raises them"), tables=[_problems(rules)]),
    ]


def _light_facts(rules: Rules) -> list[tuple[str, Cell]]:
    ignored = _("none")
    if rules.ignore_weight_below:
        ignored = _("those with a weight below %(weight)s") % {"weight": measure(rules.ignore_weight_below)}
    return [(_("Indicators that do not colour the project"), ignored)]


def _bands(rules: Rules) -> Table:
    share = _("%(low)s to below %(high)s")
    return Table(
        [_("Light"), _("Execution against time progress"), _("Completion against time progress")],
        [
            [light(Light.RED), *[_("below %(high)s") % {"high": rate(rules.red_below)}] * 2],
            [
                light(Light.YELLOW),
                *[share % {"low": rate(rules.red_below), "high": rate(rules.yellow_below)}] * 2,
            ],
            [
                light(Light.GREEN),
                _("from %(low)s") % {"low": rate(rules.yellow_below)},
                share % {"low": rate(rules.yellow_below), "high": rate(rules.blue_from)},
            ],
            [light(Light.BLUE), "—", _("from %(low)s") % {"low": rate(rules.blue_from)}],
        ],
    )


def _floors(rules: Rules) -> Iterator[Table]:
    if rules.floors:
        rows: list[list[Cell]] = [
            [str(LAST_MONTHS[month - 1]), rate(floor), light(rules.floor_light)]
            for month, floor in sorted(rules.floors.items())
        ]
        yield Table([_("At the end of"), _("Execution rate below"), _("Light")], rows)


def _mismatch_facts(rules: Rules) -> list[tuple[str, Cell]]:
    return [
        (
            str(Mismatch.CONSISTENT.label),
            _("up to %(n)s points apart") % {"n": _points(rules.gap_yellow_above)},
        ),
        (str(Light.YELLOW.label), _("more than %(n)s points apart") % {"n": _points(rules.gap_yellow_above)}),
        (str(Light.RED.label), _("more than %(n)s points apart") % {"n": _points(rules.gap_red_above)}),
    ]


def _score_facts(rules: Rules) -> list[tuple[str, Cell]]:
    return [
        (_("Execution"), measure(rules.execution_weight)),
        (_("Indicators"), measure(rules.indicator_weight)),
    ]


def _grades(rules: Rules) -> Table:
    return Table(
        [_("Grade"), _("Score")],
        [
            [str(Grade.EXCELLENT.label), _("from %(low)s") % {"low": measure(rules.excellent_from)}],
            [str(Grade.GOOD.label), _("from %(low)s") % {"low": measure(rules.good_from)}],
            [str(Grade.FAIR.label), _("from %(low)s") % {"low": measure(rules.fair_from)}],
            [str(Grade.POOR.label), _("below %(high)s") % {"high": measure(rules.fair_from)}],
        ],
    )


def _indicator_facts(rules: Rules) -> list[tuple[str, Cell]]:
    return [
        (_("Explanation asked above"), rate(rules.explain_above)),
        (_("Target looks too low above"), rate(rules.too_low_above)),
        (_("Fewest indicators"), str(rules.min_indicators)),
        (_("Greatest weight of one"), measure(rules.max_indicator_weight)),
        (_("Greatest share of qualitative ones"), rate(rules.max_qualitative_share)),
    ]


def _levels(rules: Rules) -> Table:
    rows: list[list[Cell]] = [
        [str(LevelResult(level).label), f"{rate(band.low)} – {rate(band.high)}", rate(band.usual)]
        for level, band in ((level, rules.level_bands[level]) for level in LevelResult.values)
    ]
    return Table([_("Result of a qualitative indicator"), _("Completion"), _("usual")], rows)


def _execution_facts(rules: Rules) -> list[tuple[str, Cell]]:
    return [
        (_("Full-year rate to explain"), _("below %(high)s") % {"high": rate(rules.low_expected_rate)}),
        (_("Change of budget to look at"), _("above %(low)s") % {"low": rate(rules.adjustment_above)}),
        (_("Nothing paid is questioned"), _from_month(rules.zero_execution_from_month)),
        (_("Nothing paid is a case for recovery"), _from_month(rules.recovery_from_month)),
        (_("Low execution"), _("below %(high)s") % {"high": rate(rules.low_execution)}),
        (_("High execution"), _("above %(low)s") % {"low": rate(rules.high_execution)}),
        (_("Low output"), _("below %(high)s") % {"high": rate(rules.low_output)}),
        (_("Tolerance of costs"), rate(rules.cost_tolerance)),
    ]


def _from_month(month: int) -> str:
    return _("from the end of %(month)s on") % {"month": LAST_MONTHS[month - 1]}


# Required cells that are no column of the table itself.
_CELL_NAMES: dict[str, str | Promise] = {
    "expected": gettext_lazy("Expected full-year execution"),
    "likelihood": gettext_lazy("Likelihood"),
}


def _text_facts(rules: Rules) -> list[tuple[str, Cell]]:
    cells = [
        TABLE_COLUMNS[name].label if name in TABLE_COLUMNS else _CELL_NAMES[name]
        for name in rules.required_cells
    ]
    return [
        (_("Cells to be filled"), _listed(cells)),
        (_("Shortest explanation"), _characters(rules.min_text_length)),
        (_("Says nothing"), _listed(f"“{phrase}”" for phrase in rules.empty_phrases)),
        (_("Texts count as alike from"), rate(rules.similarity)),
        (_("Marks of secrecy"), _listed(rules.secrecy_words)),
        (_("Harmless"), _listed(rules.secrecy_exceptions)),
    ]


def _characters(number: int) -> str:
    return ngettext("%(n)s character", "%(n)s characters", number) % {"n": number}


def _clock_facts(rules: Rules) -> list[tuple[str, Cell]]:
    tiers = [(str(Tier(tier).label), _working_days(rules.tier_days[tier])) for tier in Tier.values]
    return [
        *tiers,
        (_("Reply to a notice"), _working_days(rules.reply_working_days)),
        (_("Choice after a warning"), _working_days(rules.choice_working_days)),
        (_("Rectification completed"), _days(rules.complete_days)),
        (_("Longest extension"), _days(rules.extension_days)),
        (_("Reminders before the end"), _listed(_days(number) for number in rules.reminder_days)),
    ]


def _days(number: int) -> str:
    return ngettext("%(n)s day", "%(n)s days", number) % {"n": number}


def _working_days(number: int) -> str:
    return ngettext("%(n)s working day", "%(n)s working days", number) % {"n": number}


def _checks(rules: Rules) -> Table:
    rows: list[list[Cell]] = []
    for each in sorted(CHECKS.values(), key=lambda check: check.id):
        severity = rules.check_severities.get(each.id, each.severity)
        state = (
            _("not run yet")
            if not each.live
            else _("off")
            if severity == OFF
            else str(Severity(severity).label)
        )
        rows.append([each.id, str(each.title), state])
    return Table([_("Check"), _("What it asks"), _("Finding")], rows)


def _reasons(rules: Rules) -> Table:
    rows: list[list[Cell]] = [
        [reason.code, _worded(reason), str(Tier(reason.tier).label)] for reason in rules.return_reasons
    ]
    return Table([_("Code"), _("Reason"), _("Tier")], rows)


def _problems(rules: Rules) -> Table:
    raised: dict[str, list[str]] = {}
    for rule in rules.raise_rules:
        raised.setdefault(rule.problem, []).append(_condition(rule))
    rows: list[list[Cell]] = [
        [
            problem.code,
            _worded(problem),
            pgettext("between alternatives", "; or ").join(raised.get(problem.code, [])),
        ]
        for problem in rules.problem_types
    ]
    return Table([_("Code"), _("Problem"), _("Raised by itself when")], rows)


_FIGURES: dict[str, str | Promise] = {
    "budget_light": gettext_lazy("Light of budget execution"),
    "target_light": gettext_lazy("Light of targets"),
    "expected_light": gettext_lazy("Light of the outlook"),
    "composite": gettext_lazy("Overall light"),
    "mismatch": gettext_lazy("Money against targets"),
    "mismatch_light": gettext_lazy("Light of money against targets"),
    "zero_execution": gettext_lazy("Nothing paid"),
}


def _condition(rule: RaiseRule) -> str:
    return _listed(
        _("%(figure)s: %(values)s")
        % {"figure": _FIGURES[name], "values": _listed(_value(name, value) for value in wanted)}
        for name, wanted in rule.when.items()
    )


def _value(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return str(Mismatch(value).label if name == "mismatch" else Light(value).label)


def _listed(items: Iterable[Any]) -> str:
    return pgettext("between the items of a list", ", ").join(str(item) for item in items) or "—"


def _points(ratio: Decimal) -> str:
    return measure(ratio * 100)


def _worded(entry: Any) -> str:
    return entry.zh if (get_language() or "").startswith("zh") else entry.en
