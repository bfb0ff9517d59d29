"""A rule book is read whole, with every fault at once."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import BadInput
from monitoring.choices import Mismatch, Tier
from monitoring.rulebook import Rules
from tests.monitoring.rules import BOOK, RULES, example_parameters, rules

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
PLACES = [(section, name) for section, names in example_parameters().items() for name in names]


def faults(document) -> dict[str, str]:
    with pytest.raises(BadInput) as refused:
        Rules.from_dict(document)
    return {fault.where: str(fault.message) for fault in refused.value.faults}


def test_example_book_says_that_it_is_an_example():
    assert "示例规则，请按本级制度配置" in json.loads(BOOK.read_text(encoding="utf-8"))["label"]


def test_book_is_written_as_it_was_read():
    assert RULES.to_dict() == example_parameters()
    assert Rules.from_dict(json.loads(json.dumps(RULES.to_dict()))) == RULES


def test_all_faults_are_told_at_once():
    document = example_parameters()
    document["bands"]["red_below"] = "1.5"
    document["bands"]["colour"] = "pink"
    document["score"].pop("good_from")
    document["review"]["return_reasons"][3]["tier"] = "king"
    document["clocks"]["tier_days"].pop("unit")
    document["extra"] = {}

    assert set(faults(document)) == {
        "bands.red_below",
        "bands.colour",
        "score.good_from",
        "review.return_reasons.3.tier",
        "clocks.tier_days",
        "extra",
    }


@pytest.mark.parametrize(
    ("section", "name", "wrong"),
    [
        ("bands", "red_below", 0.6),
        ("bands", "red_below", "0.6e1"),
        ("bands", "red_below", "NaN"),
        ("bands", "red_below", "-0.1"),
        ("bands", "red_below", "0.1234567"),
        ("bands", "red_below", True),
        ("bands", "blue_from", "0.99"),
        ("bands", "floors", {"13": "0.5"}),
        ("bands", "floors", {"6": "1.1"}),
        ("bands", "floors", {"六": "0.5"}),
        ("bands", "floors", []),
        ("bands", "floor_light", "green"),
        ("score", "execution_weight", "100.1"),
        ("clocks", "reply_working_days", "10"),
        ("clocks", "reply_working_days", 0),
        ("clocks", "reminder_days", 5),
        ("clocks", "reminder_days", [5, 5]),
        ("texts", "empty_phrases", ["无", ""]),
        ("texts", "required_cells", ["seal"]),
        ("checks", "check_severities", {"L6": "error"}),
        ("checks", "check_severities", {"L06": "fatal"}),
        ("rectification", "problem_types", [{"code": "P11", "zh": "执行率低"}]),
        ("rectification", "problem_types", ["P11"]),
        ("rectification", "problem_types", [{"code": "P11", "zh": "低", "en": "low", "fr": "bas"}]),
    ],
)
def test_value_out_of_its_kind_or_bounds_is_refused(section, name, wrong):
    document = example_parameters()
    document[section][name] = wrong

    assert any(where.startswith(f"{section}.{name}") for where in faults(document))


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"yellow_below": "0.60"}, "bands.yellow_below"),
        ({"gap_red_above": "0.10"}, "mismatch.gap_red_above"),
        ({"good_from": "90"}, "score.excellent_from"),
        ({"fair_from": "80"}, "score.good_from"),
        ({"too_low_above": "1.20"}, "indicators.too_low_above"),
        ({"high_execution": "0.30"}, "execution.high_execution"),
        ({"reminder_days": [1, 3, 5]}, "clocks.reminder_days"),
        ({"floors": {"4": "0.5", "6": "0.4"}}, "bands.floors"),
        (
            {"raise_rules": [{"problem": "P99", "when": {"composite": ["red"]}}]},
            "rectification.raise_rules.0.problem",
        ),
        ({"raise_rules": [{"problem": "P11", "when": {}}]}, "rectification.raise_rules.0.when"),
        (
            {"raise_rules": [{"problem": "P11", "when": {"composite": ["pink"]}}]},
            "rectification.raise_rules.0.when.composite",
        ),
    ],
)
def test_parameters_that_contradict_each_other_are_refused(changes, where):
    with pytest.raises(BadInput) as refused:
        rules(**changes)

    assert where in [fault.where for fault in refused.value.faults]


def test_bands_of_levels_must_join():
    bands = example_parameters()["indicators"]["level_bands"]
    bands["partly"]["low"] = "0.65"
    bands["not"]["usual"] = "0.60"

    with pytest.raises(BadInput) as refused:
        rules(level_bands=bands)

    assert {fault.where for fault in refused.value.faults} == {
        "indicators.level_bands",
        "indicators.level_bands.not.usual",
    }


@given(JSON)
def test_no_document_breaks_the_reader(document):
    with pytest.raises(BadInput):
        Rules.from_dict(document)


@given(st.sampled_from(PLACES), JSON)
def test_no_value_breaks_the_reader(place, wrong):
    section, name = place
    document = example_parameters()
    document[section][name] = wrong
    try:
        read = Rules.from_dict(document)
    except BadInput:
        return

    assert Rules.from_dict(read.to_dict()) == read


def test_months_are_read_as_numbers():
    assert rules(floors={"6": "0.40"}).floors == {6: Decimal("0.40")}


def test_each_reviewing_tier_has_reasons_to_return():
    for tier in (Tier.DEPARTMENT, Tier.SECTION, Tier.PERFORMANCE, Tier.THIRD_PARTY):
        assert RULES.reasons_of(tier)
    assert [reason.code for reason in RULES.reasons_of(Tier.DEPARTMENT)] == [
        "R01",
        "R02",
        "R03",
        "R04",
        "R05",
        "R06",
    ]


def test_red_lights_and_serious_mismatch_raise_their_problems():
    green = {
        "budget_light": "green",
        "target_light": "green",
        "expected_light": "green",
        "mismatch": Mismatch.CONSISTENT,
        "mismatch_light": "green",
        "zero_execution": False,
    }

    assert RULES.problems(**green) == ()
    assert RULES.problems(**{**green, "budget_light": "red"}) == ("P11",)
    assert RULES.problems(**{**green, "budget_light": "red", "zero_execution": True}) == ("P12",)
    assert RULES.problems(**{**green, "target_light": "red", "expected_light": "red"}) == ("P21", "P25")
    assert RULES.problems(**{**green, "mismatch": "money_ahead", "mismatch_light": "yellow"}) == ()
    assert RULES.problems(**{**green, "mismatch": "money_ahead", "mismatch_light": "red"}) == ("P24",)
    assert RULES.problems(**{**green, "mismatch": "target_ahead", "mismatch_light": "red"}) == ("P13",)
    assert RULES.problems(mismatch=None, mismatch_light="grey") == ()


def test_indicator_weights_add_up_to_what_execution_leaves():
    assert RULES.indicator_weight == 90
    assert rules(execution_weight="20").indicator_weight == 80
