"""Parts of pages: what a light, a bar and a list say, and what no template may hold."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.http import QueryDict
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation

from foundation.drawings import LIGHT_WORDS
from foundation.style_guide import sample_context

ROOT = Path(settings.BASE_DIR)
TEMPLATES = sorted([*ROOT.glob("templates/**/*.html"), *ROOT.glob("*/templates/**/*.html")])
STYLES = ROOT / "static" / "css"


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def drawn(source: str, address: str = "/list/", **values: object) -> str:
    """The source rendered with {% load ui %}."""
    request = RequestFactory().get(address)
    return Template("{% load ui %}" + source).render(Context({"request": request, **values}))


@pytest.mark.parametrize("name", LIGHT_WORDS)
def test_a_light_is_a_word_a_shape_and_a_colour(name):
    for form in ("chip", "large", "dot"):
        markup = drawn("{% light name form=form %}", name=name, form=form)
        assert str(LIGHT_WORDS[name]) in re.sub("<[^>]*>", "", markup)
        assert f'class="shape-{name}"' in markup
        assert f"light-{name}" in markup


def test_no_two_lights_have_the_same_outline():
    outlines = {
        re.sub(
            r'class="[^"]*"',
            "",
            re.search(r"<(?:path|circle|rect)[^>]*>", drawn("{% light name %}", name=n))[0],
        )
        for n in LIGHT_WORDS
    }
    assert len(outlines) == len(LIGHT_WORDS)


@pytest.mark.parametrize("value", [None, "", "purple", 3, "<b>"])
def test_what_is_no_light_is_grey(value):
    assert drawn("{% light value %}", value=value) == drawn('{% light "grey" %}')


def test_a_light_in_chinese_says_its_chinese_word():
    with translation.override("zh-hans"):
        assert "红灯" in Template('{% load ui %}{% light "red" %}').render(Context({}))


def test_a_bar_says_its_rate_and_marks_the_time():
    markup = drawn("{% bar rate half %}", rate=Decimal("0.653245"), half=Decimal("0.5"))
    assert "65.32%" in markup
    assert "time progress 50.00%" in markup
    assert 'class="bar-tick" x="41.67%"' in markup  # 50 % of a bar that ends at 120 %
    assert 'class="bar-value" x="0.00%" y="4" width="54.44%"' in markup


@pytest.mark.parametrize(
    ("rate", "within", "past"), [("1", "83.33%", None), ("1.1", "83.33%", "8.33%"), ("-0.2", "0.00%", None)]
)
def test_a_bar_shows_what_is_past_the_budget_and_never_less_than_nothing(rate, within, past):
    markup = drawn("{% bar rate %}", rate=Decimal(rate))
    assert f'class="bar-value" x="0.00%" y="4" width="{within}"' in markup
    assert ("bar-past" in markup) == (past is not None)
    if past:
        assert f'width="{past}"' in markup


def test_an_unknown_rate_is_a_dash_and_no_bar():
    markup = drawn("{% bar rate half %}", rate=None, half=Decimal("0.5"))
    assert "—" in markup
    assert "<svg" not in markup


def test_a_stack_tells_every_count_in_words_and_leads_to_its_rows():
    markup = drawn('{% stack counts href="?light=" %}', counts={"red": 1, "green": 3})
    assert '<a href="?light=red">1</a>' in markup
    assert "25.00%" in markup
    assert 'class="shape-green" x="25.00%" y="0" width="75.00%"' in markup
    assert "?light=blue" not in markup  # none to lead to
    assert all(str(word) in markup for word in LIGHT_WORDS.values())


def test_a_stack_of_nothing_has_no_bar():
    assert '<rect class="shape-red" x=' not in drawn("{% stack counts %}", counts={})


def test_a_sorted_head_says_so_and_turns_round_and_keeps_the_filter():
    plain = drawn('{% sort_header "rate" "Rate" %}', "/list/?light=red&after=xyz")
    assert 'href="?light=red&amp;sort=rate"' in plain
    assert "aria-sort" not in plain
    turned = drawn('{% sort_header "rate" "Rate" %}', "/list/?sort=rate")
    assert 'aria-sort="ascending"' in turned
    assert 'href="?sort=-rate"' in turned


def test_page_links_keep_filters_and_replace_the_place():
    markup = drawn('{% page_links shown=50 following="n" preceding="p" %}', "/list/?light=red&after=old")
    addresses = [QueryDict(found.replace("&amp;", "&")) for found in re.findall(r'href="\?([^"]*)"', markup)]
    assert [address.dict() for address in addresses] == [
        {"light": "red", "before": "p"},
        {"light": "red", "after": "n"},
    ]


def test_a_filter_chip_drops_its_filter_alone():
    markup = drawn(
        "{% filter_chips active %}", "/list/?light=red&q=a&page=3", active=[("light", "Light", "Red")]
    )
    assert 'href="?q=a"' in markup


def test_what_was_typed_is_escaped():
    markup = drawn('{% filter_text "q" "Text" %}', "/list/?q=%22%3E%3Cscript%3E")
    assert "<script>" not in markup
    assert "&quot;&gt;&lt;script&gt;" in markup


def test_a_tile_leads_to_its_rows_and_shows_the_unknown_as_a_dash():
    assert '<a class="tile" href="/rows/">' in drawn('{% stat "Red" 46 href="/rows/" %}')
    unknown = drawn('{% stat "Red" value %}', value=None)
    assert "—" in unknown
    assert "<a" not in unknown


def test_enclosing_parts_keep_what_they_enclose():
    markup = drawn('{% panel title="T" id="t" %}<p>{{ inside }}</p>{% endpanel %}', inside="<b>")
    assert "<p>&lt;b&gt;</p>" in markup
    assert 'aria-labelledby="t-title"' in markup


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_style_guide_shows_every_part_and_repeats_no_id(language):
    with translation.override(language):
        page = render_to_string(
            "styleguide.html", sample_context(), RequestFactory().get("/styleguide/?sort=-rate")
        )
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert _forbidden(page) == []


def _forbidden(markup: str) -> list[str]:
    """What the Content-Security-Policy would stop, or what would fetch from elsewhere."""
    rules = {
        "inline style": r"<[^>]*\sstyle\s*=",
        "style element": r"<style\b",
        "inline script": r"<script\b(?![^>]*\ssrc=)(?![^>]*type=\"application/json\")",
        "handler": r"<[^>]*\son[a-z]+\s*=",
        "hx-on": r"\bhx-on\b",
        "script address": r"javascript:",
        "evaluated value": r"hx-(?:vals|headers|vars)\s*=\s*[\"']\s*js:|hx-vars",
        "evaluated trigger": r"hx-trigger\s*=\s*\"[^\"]*\[",
        "foreign address": r"<(?:script|link|img|iframe|source|use)\b[^>]*(?:src|href)\s*=\s*[\"'](?:https?:)?//",
    }
    return [name for name, rule in rules.items() if re.search(rule, markup, re.IGNORECASE)]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_template_holds_what_the_policy_forbids(path):
    source = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert _forbidden(source) == []


@pytest.mark.parametrize(
    "wrong",
    [
        '<p style="color: red">',
        "<script>let a = 1;</script>",
        '<a class="x" onclick="f()">',
        '<div hx-on:click="f()">',
        '<a href="javascript:f()">',
        '<div hx-trigger="click[ctrlKey]">',
        '<link rel="stylesheet" href="https://cdn.example/x.css">',
    ],
)
def test_the_scan_finds_what_is_forbidden(wrong):
    assert _forbidden(wrong)


def test_every_icon_that_is_named_is_drawn():
    drawn_icons = set(re.findall(r'<symbol id="([^"]+)"', (ROOT / "static/img/icons.svg").read_text()))
    named = {
        name
        for path in TEMPLATES
        for name in re.findall(r"""\{% icon ["']([^"']+)["']""", path.read_text(encoding="utf-8"))
    }
    assert named - drawn_icons == set()


# Text and what it stands on, of static/css/tokens.css. WCAG 2.2 AA asks for 4.5 for text, 3 for the edge of a control.
PAIRS = [
    ("ink-muted", "page", 4.5),
    ("ink-muted", "accent-50", 4.5),
    ("ink-soft", "page", 4.5),
    ("accent-700", "page", 4.5),
    ("accent-800", "accent-100", 4.5),
    ("accent-200", "accent-800", 4.5),
    ("danger", "danger-wash", 4.5),
    ("line-strong", "paper", 3),
    ("accent-600", "paper", 3),
    ("light-red", "paper", 3),
    ("light-yellow-edge", "light-yellow-wash", 3),
    ("light-green", "light-green-wash", 3),
    ("light-blue", "light-blue-wash", 3),
    ("light-grey", "light-grey-wash", 3),
    *((f"light-{name}-ink", f"light-{name}-wash", 4.5) for name in LIGHT_WORDS),
]


@pytest.mark.parametrize(("ink", "ground", "least"), PAIRS)
def test_colours_are_far_enough_apart(ink, ground, least):
    tokens = dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{3,6});", (STYLES / "tokens.css").read_text()))
    light, dark = sorted((_luminance(tokens[ink]), _luminance(tokens[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= least


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
