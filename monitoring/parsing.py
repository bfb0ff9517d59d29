"""From what was typed to what a cell holds. Nothing typed is lost: what is no number is kept as text."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from foundation.errors import BadInput, Fault
from foundation.money import parse_amount, parse_measure
from monitoring.form import Address, CellType

_TRUE = {"1", "true", "yes", "是", "on"}
_FALSE = {"0", "false", "no", "否", "off"}
YUAN_PER_WAN = Decimal(10_000)


@dataclass(frozen=True)
class Parsed:
    """Model fields and their values for one cell; `warning` when the text is kept but is no number."""

    values: dict[str, Any]
    warning: str = ""


def parse_cell(address: Address, raw: Any) -> Parsed:
    """Read one typed value.

    Money is typed in 万元 and kept in yuan. Raises BadInput naming the cell.
    """
    column = address.column
    text = _clean(address, raw)
    match column.type:
        case CellType.TEXT:
            if len(text) > column.max_length:
                raise _refusal(
                    address,
                    _("At most %(n)s characters; this has %(has)s."),
                    n=column.max_length,
                    has=len(text),
                )
            return Parsed({column.field: text})
        case CellType.MONEY:
            return Parsed({column.field: _amount(address, text)})
        case CellType.MEASURE_OR_TEXT:
            return _measure_or_text(address, text)
        case CellType.CHOICE:
            return Parsed({column.field: _choice(address, text)})
        case CellType.CHOICES:
            parts = [part for part in text.replace("、", ",").replace("，", ",").split(",") if part.strip()]
            return Parsed({column.field: sorted({_choice(address, part.strip()) for part in parts})})
        case CellType.FLAG:
            return Parsed({column.field: _flag(address, text)})
        case CellType.DATE:
            return Parsed({column.field: _date(address, text)})
        case _:
            raise AssertionError(column.type)


def _clean(address: Address, raw: Any) -> str:
    if raw is None:
        return ""
    if isinstance(raw, list):
        raw = ",".join(str(part) for part in raw)
    if isinstance(raw, bool):
        raw = "1" if raw else "0"
    text = str(raw).replace("\r\n", "\n").strip()
    hidden = [c for c in text if unicodedata.category(c) in ("Cc", "Cs", "Cf") and c not in "\n\t"]
    if hidden:
        raise _refusal(
            address,
            _("The text holds characters that cannot be shown. Type it again or paste it as plain text."),
        )
    return text


def _amount(address: Address, text: str) -> Decimal | None:
    if not text:
        return None
    try:
        amount = (parse_amount(text, places=6) * YUAN_PER_WAN).quantize(Decimal("0.01"))
    except BadInput as error:
        raise BadInput([Fault(str(address), error.faults[0].message)]) from error
    if amount < 0:
        raise _refusal(address, _("An amount cannot be negative."))
    return amount


def _measure_or_text(address: Address, text: str) -> Parsed:
    field = address.column.field
    as_text = {"actual": "actual_text", "expected_value": "expected_text"}[field]
    if not text:
        return Parsed({field: None, as_text: ""})
    try:
        return Parsed({field: parse_measure(text), as_text: ""})
    except BadInput as error:
        if len(text) > 200:
            raise _refusal(
                address, _("At most %(n)s characters; this has %(has)s."), n=200, has=len(text)
            ) from error
        return Parsed({field: None, as_text: text}, warning=str(error.faults[0].message))


def _choice(address: Address, text: str) -> str:
    if not text:
        return ""
    choices = address.column.choices
    for value, label in choices.choices:
        if text == value or text == str(label):
            return value
    labels = "、".join(str(label) for _value, label in choices.choices)
    raise _refusal(address, _("Choose one of: %(labels)s."), labels=labels)


def _flag(address: Address, text: str) -> bool | None:
    lowered = text.lower()
    if not lowered:
        return None if address.column.field == "attainable" else False
    if lowered in _TRUE:
        return True
    if lowered in _FALSE:
        return False
    raise _refusal(address, _("Choose yes or no."))


def _date(address: Address, text: str) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text.replace("/", "-").replace(".", "-"))
    except ValueError as error:
        raise _refusal(address, _("Type the date as 2022-09-30.")) from error
    if not 2000 <= day.year <= 2100:
        raise _refusal(address, _("The year %(year)s cannot be right."), year=day.year)
    return day


def _refusal(address: Address, message: str, **params: Any) -> BadInput:
    return BadInput([Fault(str(address), message % params if params else message)])
