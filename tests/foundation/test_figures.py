from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from foundation.money import half_up
from foundation.templatetags import figures

D = Decimal
NOON = datetime(2022, 7, 15, 16, 2, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("show", "value", "shown"),
    [
        ("wan", D("12345600.00"), "1,234.56"),
        ("wan", D("50.00"), "0.01"),
        ("wan", D("49.99"), "0.00"),
        ("wan", D("-50.00"), "-0.01"),
        ("wan", D("-0.01"), "0.00"),
        ("wan", D("10000000000000.00"), "1,000,000,000.00"),
        ("wan", 0, "0.00"),
        ("yuan", D("12345600"), "12,345,600.00"),
        ("yuan", D("-0.005"), "-0.01"),
        ("rate", D("0.6532"), "65.32%"),
        ("rate", D("0.653250"), "65.33%"),
        ("rate", D("0.653249"), "65.32%"),
        ("rate", D("-1.5"), "-150.00%"),
        ("rate", D("1"), "100.00%"),
        ("points", D("-0.1234"), "-12.34"),
        ("points", D("0.05"), "+5.00"),
        ("points", D("0.00001"), "0.00"),
        ("score", D("87.495"), "87.50"),
        ("measure", D("12.5000"), "12.5"),
        ("measure", D("1200.0000"), "1,200"),
        ("measure", D("0.0000"), "0"),
        ("measure", D("-0.0000"), "0"),
        ("measure", D("100"), "100"),
        ("measure", D("1234567.0001"), "1,234,567.0001"),
        ("measure", 7, "7"),
        ("day", date(2022, 7, 15), "2022-07-15"),
        ("day", NOON, "2022-07-16"),
        ("moment", NOON, "2022-07-16 00:02"),
    ],
)
def test_figures_are_shown_as_the_forms_want_them(show, value, shown):
    assert getattr(figures, show)(value) == shown


@pytest.mark.parametrize("show", ["wan", "yuan", "rate", "points", "score", "measure", "day", "moment"])
@pytest.mark.parametrize("unknown", [None, "", D("NaN"), True, 1.5])
def test_what_is_unknown_is_a_dash_and_never_zero(show, unknown):
    assert getattr(figures, show)(unknown) == "—"


def test_templates_know_the_figures_without_loading_them():
    text = Template("{{ a|wan }} {{ b|rate }} {{ none|yuan }}").render(
        Context({"a": D("10000"), "b": D("0.5")})
    )
    assert text == "1.00 50.00% —"


@given(st.integers(-(10**15), 10**15).map(lambda fen: D(fen).scaleb(-2)))
def test_what_is_shown_in_wan_is_the_amount_rounded_half_up(amount):
    assert D(figures.wan(amount).replace(",", "")) == half_up(amount / 10_000, 2)
