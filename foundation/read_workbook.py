"""The reading process: workbooks in, plain values out, within little memory and little time.

python -m foundation.read_workbook: one JSON line in ({"path", "limit_bytes"}), one JSON line out, until the input
ends. Knows no Django and gets no secrets; whatever a hostile workbook does to it, the asking process goes on.
"""

from __future__ import annotations

import io
import json
import re
import signal
import sys
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import unescape

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from foundation.workbook_gate import Extent, Refusal, inspect

MEMORY_BYTES = 1024**3
CPU_SECONDS = 20
WALL_SECONDS = 60

_SHEET = re.compile(r"<(?:\w+:)?sheet\s[^<>]*>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\s[^<>]*>")
_ADDRESS = re.compile(r"([A-Za-z]+)([0-9]+)")


def main() -> None:
    _limit_memory()
    for line in sys.stdin:
        request = json.loads(line)
        _allow_time()
        text = _answer(Path(request["path"]), request["limit_bytes"])
        _stop_the_clock()
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def _answer(path: Path, limit_bytes: int) -> str:
    """What was read, or the refusal, as one line of JSON."""
    try:
        return json.dumps(read(path, limit_bytes), default=_plain, allow_nan=False)
    except Refusal as refusal:
        return json.dumps({"refused": refusal.code, "params": refusal.params})
    except MemoryError:
        return json.dumps({"refused": "too_heavy", "params": {}})


def read(path: Path, limit_bytes: int) -> dict[str, Any]:
    """The sheets of a workbook as JSON holds them; raises Refusal."""
    with path.open("rb") as file:
        content = file.read(limit_bytes + 1)
    extent = inspect(content, limit_bytes=limit_bytes)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as workbook:
            sheets = [_sheet(workbook, each) for each in workbook.sheets_metadata]
    except PasswordError as error:
        raise Refusal("encrypted") from error
    except (CalamineError, ValueError, OverflowError) as error:
        raise Refusal("damaged") from error
    except BaseException as error:
        # The parser's panic has no name to import, and is no Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise Refusal("damaged") from error
    if extent.error_cells or extent.cells_without_result:
        _mark_faulty_cells(content, sheets, extent)
    return {"sheets": sheets}


def _sheet(workbook: CalamineWorkbook, about: Any) -> dict[str, Any]:
    visible = about.visible == SheetVisibleEnum.Visible
    if about.typ != SheetTypeEnum.WorkSheet:
        return {"name": about.name, "visible": visible, "rows": [], "merged": []}
    sheet = workbook.get_sheet_by_name(about.name)
    rows = sheet.to_python(skip_empty_area=False)
    return {
        "name": about.name,
        "visible": visible,
        # A generator of rows would keep two copies apart; a sheet of a million cells fits twice.
        "rows": [[None if value == "" else value for value in row] for row in rows],
        "merged": sheet.merged_cell_ranges or [],
    }


def _plain(value: object) -> Any:
    """A value JSON does not know, as a tagged text; times of day and durations are text as they are."""
    if isinstance(value, datetime):
        return {"moment": value.isoformat()}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    return str(value)


def _mark_faulty_cells(content: bytes, sheets: list[dict[str, Any]], extent: Extent) -> None:
    """Put a mark where the parser saw a blank but the cell shows an error or was never calculated."""
    parts = _parts_by_sheet(content)
    for sheet in sheets:
        part = parts.get(sheet["name"], "")
        for kind, cells in (("error", extent.error_cells), ("no_result", extent.cells_without_result)):
            for address in cells.get(part, []):
                _put(sheet["rows"], address, {"damaged": kind})


def _parts_by_sheet(content: bytes) -> dict[str, str]:
    """Sheet name to the member that holds it ("xl/worksheets/sheet1.xml")."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = {name.lower(): name for name in archive.namelist()}
        relations = names.get("xl/_rels/workbook.xml.rels")
        if relations is None:
            return {}
        targets = {
            _attribute(tag, "Id"): _attribute(tag, "Target")
            for tag in _RELATION.findall(archive.read(relations).decode(errors="replace"))
        }
        tags = _SHEET.findall(archive.read(names["xl/workbook.xml"]).decode(errors="replace"))
    parts = {}
    for tag in tags:
        target = targets.get(_attribute(tag, r"\w+:id"), "")
        parts[_attribute(tag, "name")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return parts


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf"\s{name}\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", tag)
    return unescape(found[1] or found[2] or "", {"&quot;": '"', "&apos;": "'"}) if found else ""


def _put(rows: list[list[Any]], address: str, mark: dict[str, str]) -> None:
    """Set the cell at an address, widening the rows as far as it lies outside of what was filled."""
    found = _ADDRESS.fullmatch(address)
    if found is None:
        return
    column = 0
    for letter in found[1].upper():
        column = column * 26 + ord(letter) - 64
    row = int(found[2])
    rows.extend([] for _ in range(row - len(rows)))
    rows[row - 1].extend([None] * (column - len(rows[row - 1])))
    rows[row - 1][column - 1] = mark


def _limit_memory() -> None:
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        signal.signal(signal.SIGALRM, signal.SIG_DFL)


def _allow_time() -> None:
    """Another CPU_SECONDS of work and WALL_SECONDS of time; the kernel ends the process after either."""
    if sys.platform != "win32":
        import resource

        usage = resource.getrusage(resource.RUSAGE_SELF)
        spent = int(usage.ru_utime + usage.ru_stime)
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        resource.setrlimit(resource.RLIMIT_CPU, (spent + CPU_SECONDS, hard))
        signal.alarm(WALL_SECONDS)


def _stop_the_clock() -> None:
    if sys.platform != "win32":
        signal.alarm(0)


if __name__ == "__main__":
    main()
