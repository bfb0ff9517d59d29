"""The example rule book and small makers of facts, for tests of the rules."""

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from monitoring.assessment import assess_row, assess_table, fold_rows
from monitoring.facts import FundFacts, IndicatorFacts, TableFacts
from monitoring.rulebook import Rules

ROOT = Path(__file__).resolve().parents[2]
BOOK = ROOT / "fixtures" / "rulebooks" / "example.json"


def example_parameters() -> dict[str, Any]:
    """A fresh copy of the example book's parameters, free to be changed."""
    return json.loads(BOOK.read_text(encoding="utf-8"))["parameters"]


def rules(**changes: Any) -> Rules:
    """The example rules with some parameters changed: rules(floors={"6": "0.40"})."""
    document = example_parameters()
    for name, value in changes.items():
        section = next(section for section in document.values() if name in section)
        section[name] = value
    return Rules.from_dict(document)


RULES = rules()


def D(text: str | int) -> Decimal:
    return Decimal(text)


NUMBERS = frozenset(
    name
    for facts in (FundFacts, IndicatorFacts)
    for name, kind in facts.__annotations__.items()
    if kind in (Decimal, Decimal | None)
)


def _numbers(given: dict[str, Any]) -> dict[str, Any]:
    """Numbers may be given as text, for legibility."""
    return {
        name: D(value) if name in NUMBERS and isinstance(value, str) else value
        for name, value in given.items()
    }


def fund(adjusted: str | None = "100000", executed: str | None = "50000", **given: Any) -> FundFacts:
    """A source of funds that no check finds fault with; amounts in yuan."""
    usual = {
        "initial": adjusted,
        "change": "0",
        "adjusted": adjusted,
        "in_place": adjusted,
        "executed": executed,
        "expected": adjusted,
    }
    return FundFacts(**_numbers({**usual, **given}))


def row(**given: Any) -> IndicatorFacts:
    """A cumulative quantity, at least 100, half done in June; weight 30."""
    usual = {
        "id": "q",
        "name": "完成数量",
        "target_low": "100",
        "actual": "50",
        "weight": "30",
        "likelihood": "certain",
        "unit": "个",
    }
    return IndicatorFacts(**_numbers({**usual, **given}))


def sound_rows() -> tuple[IndicatorFacts, ...]:
    """Three indicators of weight 90 that stand at 50 % in June."""
    return (
        row(id="a", name="培训人次", target_low="200", actual="100"),
        row(id="b", name="巡查次数", target_low="60", actual="31"),
        row(id="c", name="受益人数", level1="effect", level2="social", target_low="900", actual="460"),
    )


def table(**given: Any) -> TableFacts:
    """A table of June that no check finds fault with."""
    usual = {
        "year": 2022,
        "month": 6,
        "project_code": "37078222T000000000001",
        "project_name": "社区矫正项目",
        "manager": "王海燕",
        "phone": "0536-6062345",
        "funds": (fund(),),
        "indicators": sound_rows(),
        "objective": "提高社区矫正质量",
        "objective_progress": "上半年按照方案完成培训和巡查任务的一半",
        "attainable": True,
    }
    return TableFacts(**{**usual, **given})


def assessed(facts: TableFacts, book: Rules = RULES) -> TableFacts:
    """The table with all its figures computed by the rules, as a save leaves it."""
    rows = []
    for each in facts.indicators:
        figures = assess_row(each, facts.month, book)
        rows.append(
            replace(each, completion=figures.completion, attainment=figures.attainment, light=figures.light)
        )
    folded = fold_rows(rows, book)
    figures = assess_table(
        adjusted=facts.adjusted,
        executed=facts.executed,
        in_place=facts.in_place,
        expected=facts.expected,
        weighted_completion=folded.weighted_completion,
        weighted_attainment=folded.weighted_attainment,
        target_light=folded.target_light,
        expected_light=folded.expected_light,
        month=facts.month,
        rules=book,
    )
    return replace(
        facts,
        indicators=tuple(rows),
        budget_light=figures.budget_light,
        target_light=folded.target_light,
        composite=figures.composite,
        execution_rate=figures.execution_rate,
        weighted_completion=folded.weighted_completion,
    )
