"""Checks of what is written: length, substance, and nothing secret."""

import re
from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from monitoring.checks.registry import Hit, Scope, check
from monitoring.checks.wording import row_cell
from monitoring.choices import Severity
from monitoring.facts import IndicatorFacts, TableFacts
from monitoring.form import INDICATOR_COLUMNS, TABLE_COLUMNS
from monitoring.rulebook import Rules

TABLE_LIMITS = {name: column.max_length for name, column in TABLE_COLUMNS.items() if column.max_length}
ROW_LIMITS = {name: column.max_length for name, column in INDICATOR_COLUMNS.items() if column.max_length}
TABLE_TEXTS = ("objective", "objective_progress", "execution_reason", "problems", "measures", "suggestions")
ROW_TEXTS = ("name", "cause_text", "measure", "actual_text", "expected_text")
PHONE = re.compile(r"[0-9+()（）\-－\s转#]{5,30}")
IDLE = re.compile(r"[\s，。、；：！,.;:!]+")


def substance(text: str) -> str:
    """The text without spaces and punctuation: what is counted and compared."""
    return IDLE.sub("", text)


@check(
    "L02",
    Severity.ERROR,
    Scope.TABLE,
    _("Texts and numbers keep their form"),
    long=(
        _("The text has %(length)s characters; at most %(longest)s are allowed."),
        _("Shorten the text."),
    ),
    phone=(
        _("“%(text)s” is no telephone number."),
        _("Write digits, with area code and extension where needed."),
    ),
)
def texts_keep_their_form(table: TableFacts, rules: Rules) -> Iterator[Hit]:
    for name, longest in TABLE_LIMITS.items():
        length = len(getattr(table, name, ""))
        if length > longest:
            yield Hit(name, "long", {"length": length, "longest": longest})
    if table.phone.strip() and not PHONE.fullmatch(table.phone.strip()):
        yield Hit("phone", "phone", {"text": table.phone})
    for row in table.indicators:
        for name, longest in ROW_LIMITS.items():
            length = len(getattr(row, name))
            if length > longest:
                yield Hit(row_cell(row, name), "long", {"length": length, "longest": longest})


@check(
    "L23",
    Severity.WARNING,
    Scope.TABLE,
    _("Causes are explained with substance"),
    missing=(
        _("“%(name)s”: a cause is chosen and not explained."),
        _("Explain the cause."),
    ),
    short=(
        _("“%(text)s” says too little."),
        _("Say what happened, why, and since when."),
    ),
)
def causes_have_substance(table: TableFacts, rules: Rules) -> Iterator[Hit]:
    if _says_little(table.execution_reason, rules):
        yield Hit("execution_reason", "short", {"text": table.execution_reason})
    for row in table.indicators:
        if not row.dropped:
            yield from _thin_texts(row, rules)


def _thin_texts(row: IndicatorFacts, rules: Rules) -> Iterator[Hit]:
    if row.causes and not row.cause_text.strip():
        yield Hit(row_cell(row, "cause_text"), "missing", {"name": row.name}, Severity.ERROR)
    if row.cause_text and _says_little(row.cause_text, rules):
        yield Hit(row_cell(row, "cause_text"), "short", {"text": row.cause_text})
    if row.measure and _says_little(row.measure, rules):
        yield Hit(row_cell(row, "measure"), "short", {"text": row.measure})


def _says_little(text: str, rules: Rules) -> bool:
    """Whether a text that was given is too short or one of the empty phrases."""
    if not text.strip():
        return False
    said = substance(text)
    return len(said) < rules.min_text_length or said in rules.empty_phrases


@check(
    "L47",
    Severity.ERROR,
    Scope.TABLE,
    _("Nothing secret"),
    mark=(
        _("The project carries the secrecy mark “%(word)s”."),
        _("Secret projects are monitored outside this system; have it removed."),
    ),
    word=(
        _("The text contains “%(word)s”."),
        _("Remove what is secret; this system holds nothing secret."),
    ),
)
def nothing_is_secret(table: TableFacts, rules: Rules) -> Iterator[Hit]:
    if mark := table.secrecy_mark.strip():
        yield Hit("", "mark", {"word": mark})
    for cell, text in _all_texts(table):
        for word in rules.secrecy_words:
            if word in text and word in _without(rules.secrecy_exceptions, text):
                yield Hit(cell, "word", {"word": word})
                break


def _all_texts(table: TableFacts) -> Iterator[tuple[str, str]]:
    yield "project_name", table.project_name
    for name in TABLE_TEXTS:
        if text := getattr(table, name):
            yield name, text
    for row in table.indicators:
        for name in ROW_TEXTS:
            if text := getattr(row, name):
                yield row_cell(row, name), text


def _without(expressions: tuple[str, ...], text: str) -> str:
    for expression in expressions:
        text = text.replace(expression, " ")
    return text
