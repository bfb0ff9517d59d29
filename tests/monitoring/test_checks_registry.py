"""The register: complete, ordered, rendered in the reader's language, fast and unbreakable."""

import json
import re
import sys
import time
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from babel.messages.pofile import read_po
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from monitoring.checks.registry import CHECKS, Finding, message_of, run_checks, suggestion_of
from monitoring.choices import CauseCategory, LevelResult, Light, Likelihood, Severity
from monitoring.facts import FundFacts, IndicatorFacts, TableFacts
from projects.choices import Accrual, FundSource, Level1, Level2, Sign
from tests.monitoring.rules import ROOT, RULES, assessed, fund, row, rules, sound_rows, table

PLACES = re.compile(r"%\((\w+)\)s")


def test_all_fifty_checks_stand_in_the_register():
    assert sorted(CHECKS) == [f"L{number:02}" for number in range(1, 51)]
    assert [each.id for each in CHECKS.values() if not each.live] == ["L49"]


@pytest.mark.parametrize("each", CHECKS.values(), ids=lambda each: each.id)
def test_every_sentence_has_its_chinese_with_the_same_places(each):
    path = ROOT / "monitoring" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
    with path.open("rb") as file, translation.override(None):
        chinese = {message.id: message.string for message in read_po(file)}
        sentences = [str(each.title), *(str(part) for pair in each.messages.values() for part in pair)]

    for sentence in sentences:
        assert chinese.get(sentence), sentence
        assert sorted(PLACES.findall(sentence)) == sorted(PLACES.findall(chinese[sentence]))


def broken_table():
    """A table in which most checks find something."""
    rows = (
        row(id="a", actual="10", likelihood="possible", weight="60", causes=("other",), previous_actual="20"),
        row(id="b", actual=None, actual_text="30万元", unit="元", weight="0"),
        row(id="c", sign="eq", actual="300", light="red", likelihood="impossible"),
    )
    sources = (
        fund("1000", "2000", in_place="1500", change="5", previous_executed="3000", system_executed="1"),
    )
    return assessed(
        table(
            funds=sources,
            indicators=rows,
            secrecy_mark="秘密",
            ends_on=date(2022, 1, 1),
            open_rectifications=1,
        )
    )


def test_findings_come_errors_first():
    severities = [each.severity for each in run_checks(broken_table(), RULES)]

    assert severities == sorted(severities, key=["error", "warning", "hint"].index)
    assert {"error", "warning"} <= set(severities)


def test_a_check_finds_once_per_cell_and_code():
    keys = [(each.check_id, each.cell, each.code) for each in run_checks(broken_table(), RULES)]

    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_saved_finding_reads_whole_in_both_languages(language):
    for each in run_checks(broken_table(), RULES):
        saved = json.loads(json.dumps(dict(each.params)))
        with translation.override(language):
            texts = (
                message_of(each.check_id, each.code, saved),
                suggestion_of(each.check_id, each.code, saved),
            )

        for text in texts:
            assert text
            assert "%(" not in text
            assert "—" not in text


def test_words_of_a_list_are_shown_by_their_label():
    finding = Finding("L06", Severity.ERROR, "", "found", {"source": "own", "executed": "2", "adjusted": "1"})

    with translation.override("en"):
        assert finding.message.startswith("Unit's own funds: ")


def test_finding_of_an_earlier_version_still_reads():
    assert message_of("L99", "found", {}) == "L99"
    assert message_of("L06", "gone", {}) == str(CHECKS["L06"].title)
    assert "—" in message_of("L06", "found", {})


def test_only_warnings_need_an_explanation():
    assert [Finding("L06", each, "").needs_explanation for each in Severity] == [False, True, False]


def test_rule_book_may_change_a_severity_or_switch_a_check_off():
    facts = assessed(table(funds=(fund(expected="80000"),)))
    severe = rules(check_severities={"L11": "error"})

    assert [each.severity for each in run_checks(facts, severe)] == [Severity.ERROR]
    assert run_checks(facts, rules(check_severities={"L11": "off"})) == []


AMOUNT = st.none() | st.integers(-(10**15), 10**15).map(lambda fen: Decimal(fen).scaleb(-2))
MEASURE = st.none() | st.integers(-(10**15), 10**15).map(lambda units: Decimal(units).scaleb(-4))
TEXT = st.text(max_size=30)
FUNDS = st.builds(
    FundFacts,
    source=st.sampled_from(FundSource.values),
    **dict.fromkeys(
        (
            "initial",
            "change",
            "adjusted",
            "in_place",
            "executed",
            "system_executed",
            "expected",
            "previous_executed",
        ),
        AMOUNT,
    ),
)
ROWS = st.builds(
    IndicatorFacts,
    id=st.just("q"),
    level1=st.sampled_from(Level1.values),
    level2=st.sampled_from(Level2.values),
    sign=st.sampled_from(Sign.values),
    accrual=st.sampled_from(Accrual.values),
    unit=st.sampled_from(["%", "万元", "个", ""]),
    level=st.none() | st.sampled_from(["", *LevelResult.values]),
    likelihood=st.none() | st.sampled_from(["", *Likelihood.values]),
    causes=st.lists(st.sampled_from(CauseCategory.values)).map(tuple),
    previous_light=st.none() | st.sampled_from(Light.values),
    weight=st.integers(0, 10**6).map(lambda units: Decimal(units).scaleb(-4)),
    **dict.fromkeys(("target_low", "target_high", "actual", "expected_value", "previous_actual"), MEASURE),
    **dict.fromkeys(("name", "actual_text", "target_text", "cause_text", "measure"), TEXT),
)
TABLES = st.builds(
    TableFacts,
    month=st.integers(1, 12),
    funds=st.lists(FUNDS, max_size=3).map(tuple),
    fund_total=st.none() | FUNDS,
    indicators=st.lists(ROWS, max_size=4).map(tuple),
    ends_on=st.none() | st.dates(),
    last_year_carry_over=AMOUNT,
    **dict.fromkeys(("project_name", "phone", "execution_reason", "secrecy_mark"), TEXT),
)


@settings(deadline=None)
@given(TABLES)
def test_no_table_breaks_the_checks(facts):
    for each in run_checks(assessed(facts), RULES):
        assert "%(" not in each.message or "%(" in str(each.params)
        assert each.suggestion
        json.dumps(dict(each.params))


def test_a_city_is_checked_in_less_than_two_seconds():
    rows = tuple(replace(sound_rows()[0], id=str(number), weight=Decimal("7.5")) for number in range(12))
    sources = tuple(fund(source=source) for source in FundSource.values)
    facts = assessed(table(indicators=rows, funds=sources))
    begun = time.process_time()
    for number in range(1060):
        run_checks(replace(facts, project_code=str(number)), RULES)

    # Under a tracer (coverage) every line costs several times as much.
    assert time.process_time() - begun < (2 if sys.gettrace() is None else 20)
