"""Cells at the API's door: there amounts are yuan, in the form they are 万元. One place turns them, both ways."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from foundation.errors import BadInput
from foundation.money import from_wan, parse_amount
from monitoring.filling import CellResult, Edit, Saved, cell_text, save_cells
from monitoring.form import Address, CellType, parse_address
from monitoring.forms import LONGEST_VALUE
from monitoring.models import FundRow, MonitoringTable
from monitoring.presenters import typed_addresses
from monitoring.snapshots import Sheet
from organisation.models import User

_SHORT = {"type": "string", "maxLength": LONGEST_VALUE}


@extend_schema_field(
    {
        "nullable": True,
        "oneOf": [_SHORT, {"type": "boolean"}, {"type": "array", "items": _SHORT, "maxItems": 100}],
    }
)
class TypedValueField(serializers.Field):
    """What a cell may be given, as the text a person would type: numbers as text, so that no digit is lost."""

    _text = serializers.CharField(allow_blank=True, max_length=LONGEST_VALUE, trim_whitespace=False)
    _texts = serializers.ListField(child=_text, max_length=100)

    def to_internal_value(self, data: Any) -> str:
        if isinstance(data, bool):
            return "1" if data else "0"
        parts = data if isinstance(data, list) else [data]
        if not all(isinstance(part, str) for part in parts):
            # A JSON number has been through somebody's floating point already.
            raise serializers.ValidationError(serializers.CharField.default_error_messages["invalid"])
        return ",".join(self._texts.run_validation(parts))

    def to_representation(self, value: Any) -> Any:
        return value


def cells_of(sheet: Sheet) -> Iterator[dict[str, Any]]:
    """Every cell of the table that its unit types, with its value and origin; needs `origins` prefetched."""
    origins = {origin.cell: origin for origin in sheet.table.origins.all()}
    for address in typed_addresses(sheet):
        name = str(address)
        yield {"cell": name, "value": value_of(sheet, address), "origin": origins.get(name)}


def value_of(sheet: Sheet, address: Address) -> str:
    """A cell as the API tells it."""
    return _told(address, cell_text(sheet, address))


def save(
    table: MonitoringTable, given: Sequence[dict[str, Any]], *, by: User
) -> tuple[Saved, list[CellResult]]:
    """Save what was given in the API's units; the results, in the order given, are in them too.

    Raises what save_cells() raises.
    """
    read = [_read(each) for each in given]
    saved = save_cells(table, [one.edit for one in read if not one.refusal], by=by)
    done = iter(saved.results)
    return saved, list(_results(read, done, saved.assessed.sheet))


@dataclass(frozen=True)
class _Read:
    edit: Edit
    address: Address | None
    refusal: str = ""


def _read(given: dict[str, Any]) -> _Read:
    address = parse_address(given["cell"])
    edit = Edit(given["cell"], given["value"] or "", given.get("seen"))
    if address is None or address.column.type != CellType.MONEY:
        return _Read(edit, address)
    try:
        seen = edit.seen and _typed(address, edit.seen)
        return _Read(replace(edit, value=_typed(address, edit.value), seen=seen), address)
    except BadInput as error:
        return _Read(edit, address, str(error.faults[0].message))


def _typed(address: Address, yuan: str) -> str:
    """An amount in yuan as the form shows and takes it."""
    if not yuan.strip():
        return ""
    row = FundRow(source=address.key, expected=parse_amount(yuan))
    return cell_text(Sheet(MonitoringTable(), [row]), address)


def _told(address: Address, text: str) -> str:
    if text and address.column.type == CellType.MONEY:
        return f"{from_wan(Decimal(text)):.2f}"
    return text


def _results(read: Iterable[_Read], done: Iterator[CellResult], sheet: Sheet) -> Iterator[CellResult]:
    for one in read:
        if one.address is None:
            yield next(done)
        elif one.refusal:
            yield CellResult(one.edit.cell, "invalid", value_of(sheet, one.address), one.refusal)
        else:
            result = next(done)
            yield replace(result, text=_told(one.address, result.text))
