"""Everything a bureau regulates, as one validated value. The functions of this app take it as `rules`.

Parameters, bounds and meaning: docs/rules/rule-book.md
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from itertools import pairwise
from typing import Any, Self

from django.utils.translation import gettext_lazy as _

from foundation.errors import BadInput, Fault
from monitoring.choices import LevelResult, Light, Mismatch, Severity, Tier
from monitoring.parameters import (
    Kind,
    ListOf,
    MapOf,
    Matching,
    Number,
    OneOf,
    RecordOf,
    Text,
    Whole,
    Wrong,
)

OFF = "off"
WARNING_LIGHTS = (Light.RED.value, Light.YELLOW.value)
# Cells of the form that a bureau may leave optional; the other required ones follow from the form itself.
OPTIONAL_CELLS = ("manager", "phone", "objective_progress", "attainable", "expected", "likelihood")


@dataclass(frozen=True)
class LevelBand:
    """The completion that a qualitative result may claim: low ≤ completion < high, and the usual one."""

    low: Decimal
    high: Decimal
    usual: Decimal


@dataclass(frozen=True)
class ReturnReason:
    """Why a tier sends a table back. `zh` and `en` are what the two languages show."""

    code: str
    tier: str
    zh: str
    en: str


@dataclass(frozen=True)
class ProblemType:
    """A kind of problem that a rectification puts right; `group` is its first letter and digit (P1 … P4)."""

    code: str
    zh: str
    en: str

    @property
    def group(self) -> str:
        return self.code[:2]


@dataclass(frozen=True)
class RaiseRule:
    """Figures that raise a problem: all conditions of `when` must hold.

    when: name of a figure → the values it must be among (`True`/`False` for zero_execution).
    """

    problem: str
    when: Mapping[str, tuple[Any, ...]]


RAISE_CONDITIONS = {
    "budget_light": tuple(Light.values),
    "target_light": tuple(Light.values),
    "expected_light": tuple(Light.values),
    "composite": tuple(Light.values),
    "mismatch": tuple(Mismatch.values),
    "mismatch_light": tuple(Light.values),
    "zero_execution": (True, False),
}


@dataclass(frozen=True)
class _Condition:
    def read(self, raw: Any) -> Any:
        return raw if isinstance(raw, bool) else Text(20).read(raw)

    def write(self, value: Any) -> Any:
        return value


SHARE = Number("0", "1")
POINTS = Number("0", "100", places=2)
CHECK_ID = Matching("L[0-9]{2}")
WORKING_DAYS = Whole(1, 120)
BAND = RecordOf(LevelBand, {"low": SHARE, "high": SHARE, "usual": SHARE})
REASON = RecordOf(
    ReturnReason,
    {"code": Matching("R[0-9]{2}"), "tier": OneOf(tuple(Tier.values)), "zh": Text(40), "en": Text(80)},
)
PROBLEM_CODE = Matching("P[0-9]{2}")
PROBLEM = RecordOf(ProblemType, {"code": PROBLEM_CODE, "zh": Text(40), "en": Text(80)})
RAISE = RecordOf(
    RaiseRule,
    {"problem": PROBLEM_CODE, "when": MapOf(OneOf(tuple(RAISE_CONDITIONS)), ListOf(_Condition()))},
)


def _in(section: str, kind: Kind) -> Any:
    """A parameter that stands in this section of the document, under its own name."""
    return field(metadata={"section": section, "kind": kind})


@dataclass(frozen=True, kw_only=True)
class Rules:
    """One rule book, read. Shares are ratios with six places at most: 0.60 is 60 %."""

    red_below: Decimal = _in("bands", SHARE)
    yellow_below: Decimal = _in("bands", SHARE)
    blue_from: Decimal = _in("bands", Number("1", "9"))
    # Month → execution rate below which `floor_light` shows, whatever the time progress says.
    floors: Mapping[int, Decimal] = _in("bands", MapOf(Whole(1, 12), SHARE))
    floor_light: str = _in("bands", OneOf(WARNING_LIGHTS))
    # Indicators lighter than this do not colour the project's target light.
    ignore_weight_below: Decimal = _in("bands", POINTS)

    gap_yellow_above: Decimal = _in("mismatch", SHARE)
    gap_red_above: Decimal = _in("mismatch", SHARE)

    execution_weight: Decimal = _in("score", POINTS)
    excellent_from: Decimal = _in("score", POINTS)
    good_from: Decimal = _in("score", POINTS)
    fair_from: Decimal = _in("score", POINTS)

    level_bands: Mapping[str, LevelBand] = _in(
        "indicators", MapOf(OneOf(tuple(LevelResult.values)), BAND, complete=tuple(LevelResult.values))
    )
    explain_above: Decimal = _in("indicators", Number("1", "99"))
    too_low_above: Decimal = _in("indicators", Number("1", "99"))
    min_indicators: int = _in("indicators", Whole(0, 50))
    max_indicator_weight: Decimal = _in("indicators", POINTS)
    max_qualitative_share: Decimal = _in("indicators", SHARE)

    low_expected_rate: Decimal = _in("execution", SHARE)
    adjustment_above: Decimal = _in("execution", SHARE)
    zero_execution_from_month: int = _in("execution", Whole(1, 12))
    recovery_from_month: int = _in("execution", Whole(1, 12))
    low_execution: Decimal = _in("execution", SHARE)
    high_execution: Decimal = _in("execution", SHARE)
    low_output: Decimal = _in("execution", SHARE)
    cost_tolerance: Decimal = _in("execution", SHARE)

    required_cells: tuple[str, ...] = _in("texts", ListOf(OneOf(OPTIONAL_CELLS)))
    min_text_length: int = _in("texts", Whole(0, 200))
    empty_phrases: tuple[str, ...] = _in("texts", ListOf(Text(40)))
    similarity: Decimal = _in("texts", SHARE)
    secrecy_words: tuple[str, ...] = _in("texts", ListOf(Text(20)))
    # Harmless expressions that contain a secrecy word.
    secrecy_exceptions: tuple[str, ...] = _in("texts", ListOf(Text(20)))

    check_severities: Mapping[str, str] = _in("checks", MapOf(CHECK_ID, OneOf((*Severity.values, OFF))))

    # Working days that each tier has by default when a cycle is opened.
    tier_days: Mapping[str, int] = _in(
        "clocks", MapOf(OneOf(tuple(Tier.values)), WORKING_DAYS, complete=tuple(Tier.values))
    )
    reply_working_days: int = _in("clocks", WORKING_DAYS)
    choice_working_days: int = _in("clocks", WORKING_DAYS)
    complete_days: int = _in("clocks", Whole(1, 365))
    extension_days: int = _in("clocks", Whole(0, 180))
    # Days before a deadline on which a reminder goes out, longest first.
    reminder_days: tuple[int, ...] = _in("clocks", ListOf(Whole(0, 60), 10))

    return_reasons: tuple[ReturnReason, ...] = _in("review", ListOf(REASON))

    problem_types: tuple[ProblemType, ...] = _in("rectification", ListOf(PROBLEM))
    raise_rules: tuple[RaiseRule, ...] = _in("rectification", ListOf(RAISE))

    @classmethod
    def from_dict(cls, document: Any) -> Self:
        """Read `parameters` of a rule book. Raises BadInput with every fault, each at its section.name."""
        values, faults = _read(cls, document)
        if faults:
            raise BadInput(faults)
        rules = cls(**values)
        if faults := list(_contradictions(rules)):
            raise BadInput(faults)
        return rules

    def to_dict(self) -> dict[str, dict[str, Any]]:
        """The document this was read from: `Rules.from_dict(rules.to_dict()) == rules`."""
        document: dict[str, dict[str, Any]] = {}
        for each in fields(self):
            section = document.setdefault(each.metadata["section"], {})
            section[each.name] = each.metadata["kind"].write(getattr(self, each.name))
        return document

    @property
    def indicator_weight(self) -> Decimal:
        """What the weights of a project's indicators add up to."""
        return 100 - self.execution_weight

    def reasons_of(self, tier: str) -> tuple[ReturnReason, ...]:
        """The return reasons that a tier may give."""
        return tuple(reason for reason in self.return_reasons if reason.tier == tier)

    def problems(self, **figures: Any) -> tuple[str, ...]:
        """Codes of the problems that a table's figures raise, in the order of the book.

        figures: budget_light, target_light, expected_light, composite, mismatch ("" or None when unknown),
        mismatch_light, zero_execution (bool). A condition on a figure not given does not hold.
        """
        raised = (rule.problem for rule in self.raise_rules if _holds(rule, figures))
        return tuple(dict.fromkeys(raised))


def _holds(rule: RaiseRule, figures: Mapping[str, Any]) -> bool:
    return all(name in figures and figures[name] in wanted for name, wanted in rule.when.items())


def _read(cls: type[Rules], document: Any) -> tuple[dict[str, Any], list[Fault]]:
    """The values of all parameters that can be read, and a fault for each that cannot."""
    if not isinstance(document, Mapping):
        return {}, [Fault("", _("Write an object."))]
    faults = list(_strangers(cls, document))
    values = {}
    for each in fields(cls):
        name, kind = each.metadata["section"], each.metadata["kind"]
        section = document.get(name)
        where = f"{name}.{each.name}"
        if not isinstance(section, Mapping) or each.name not in section:
            faults.append(Fault(where, _("This parameter is missing.")))
            continue
        try:
            values[each.name] = kind.read(section[each.name])
        except Wrong as wrong:
            faults.append(Fault(f"{where}.{wrong.where}" if wrong.where else where, wrong.message))
    return values, faults


def _strangers(cls: type[Rules], document: Mapping[str, Any]) -> Iterator[Fault]:
    """Names the book does not know: most likely a slip of the pen that would be lost in silence."""
    known: dict[str, set[str]] = {}
    for each in fields(cls):
        known.setdefault(each.metadata["section"], set()).add(each.name)
    for section, content in document.items():
        if section not in known:
            yield Fault(str(section), _("No such section."))
        elif isinstance(content, Mapping):
            yield from (
                Fault(f"{section}.{name}", _("No such parameter."))
                for name in content
                if name not in known[section]
            )


def _contradictions(rules: Rules) -> Iterator[Fault]:
    """Faults between parameters that are each right by themselves."""
    ordered: tuple[tuple[str, bool, Any], ...] = (
        ("bands.yellow_below", rules.red_below < rules.yellow_below, _("Must be above red_below.")),
        (
            "mismatch.gap_red_above",
            rules.gap_yellow_above < rules.gap_red_above,
            _("Must be above gap_yellow_above."),
        ),
        ("score.excellent_from", rules.good_from < rules.excellent_from, _("Must be above good_from.")),
        ("score.good_from", rules.fair_from < rules.good_from, _("Must be above fair_from.")),
        (
            "indicators.too_low_above",
            rules.explain_above <= rules.too_low_above,
            _("Must not be below explain_above."),
        ),
        (
            "execution.high_execution",
            rules.low_execution < rules.high_execution,
            _("Must be above low_execution."),
        ),
        ("clocks.reminder_days", _descending(rules.reminder_days), _("Write the longest first.")),
        ("review.return_reasons", _distinct(rules.return_reasons), _("The same code stands twice.")),
        ("rectification.problem_types", _distinct(rules.problem_types), _("The same code stands twice.")),
    )
    yield from (Fault(where, message) for where, right, message in ordered if not right)
    yield from _level_contradictions(rules)
    yield from _raise_contradictions(rules)
    if not _ascending([rules.floors[month] for month in sorted(rules.floors)]):
        yield Fault("bands.floors", _("A later month may not have a lower floor."))


def _level_contradictions(rules: Rules) -> Iterator[Fault]:
    """The three bands of qualitative results must join without gap or overlap, from 0 to 1."""
    achieved, partly, not_at_all = (rules.level_bands[level] for level in LevelResult.values)
    joined = not_at_all.high == partly.low and partly.high == achieved.low
    if not joined or not_at_all.low != 0 or achieved.high != 1:
        yield Fault("indicators.level_bands", _("The three bands must join, from 0 to 1."))
    for level, band in rules.level_bands.items():
        top_counts = level == LevelResult.ACHIEVED
        if not (band.low <= band.usual < band.high or (top_counts and band.usual == band.high)):
            yield Fault(f"indicators.level_bands.{level}.usual", _("Must lie within its band."))


def _raise_contradictions(rules: Rules) -> Iterator[Fault]:
    known = {problem.code for problem in rules.problem_types}
    for place, rule in enumerate(rules.raise_rules):
        where = f"rectification.raise_rules.{place}"
        if rule.problem not in known:
            yield Fault(f"{where}.problem", _("No such problem type."))
        if not rule.when:
            yield Fault(f"{where}.when", _("Name at least one condition."))
        for name, values in rule.when.items():
            if not values or any(value not in RAISE_CONDITIONS[name] for value in values):
                wanted = ", ".join(str(value).lower() for value in RAISE_CONDITIONS[name])
                yield Fault(f"{where}.when.{name}", _("Must be one of: %(words)s.") % {"words": wanted})


def _distinct(entries: tuple[Any, ...]) -> bool:
    return len({entry.code for entry in entries}) == len(entries)


def _ascending(values: list[Any]) -> bool:
    return all(earlier <= later for earlier, later in pairwise(values))


def _descending(values: tuple[int, ...]) -> bool:
    return all(earlier > later for earlier, later in pairwise(values))
