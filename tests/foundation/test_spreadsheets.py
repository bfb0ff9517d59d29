"""Workbooks that arrive: what is read from a good one, and how each hostile one is refused."""

from __future__ import annotations

import io
import random
import struct
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from django.utils import translation

from foundation import workbook_gate
from foundation.errors import BadInput
from foundation.spreadsheets import (
    DAMAGES,
    REFUSALS,
    Damaged,
    new_workbook,
    read_csv,
    read_workbook,
    read_workbooks,
    safe_text,
    scan,
    write_text,
)
from foundation.workbook_gate import Refusal, inspect

CONTENT_TYPES = "[Content_Types].xml"
MORNING = datetime(2026, 7, 15, 8, 30)  # noqa: DTZ001 – a workbook knows no zones
SHEET = "xl/worksheets/sheet1.xml"


def good_parts() -> dict[str, bytes]:
    """The parts of a small, sound workbook by name."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as workbook:
        workbook.add_worksheet("表").write_row(0, 0, ["编码", "金额"])
    with zipfile.ZipFile(content) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pack(parts: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return content.getvalue()


def workbook_with(**changed: bytes) -> bytes:
    """A sound workbook in which parts were added or replaced; SHEET and CONTENT_TYPES by these names."""
    names = {"sheet": SHEET, "types": CONTENT_TYPES}
    return pack(good_parts() | {names.get(name, name): part for name, part in changed.items()})


def sheet_of(cells: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{cells}</sheetData></worksheet>"
    ).encode()


def refusal_of(content: bytes) -> str:
    with pytest.raises(Refusal) as refused:
        inspect(content)
    return refused.value.code


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[bytes], Path]:
    def save(content: bytes, name: str = "upload.xlsx") -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return save


class TestWhatIsRead:
    @pytest.fixture
    def rows(self, tmp_path: Path) -> list:
        path = tmp_path / "typed.xlsx"
        with new_workbook(path) as workbook:
            sheet = workbook.add_worksheet("表")
            sheet.write_row(2, 1, ["文本", 3, 3.5, 0.1, True, "003"])
            sheet.write_number(3, 1, 370782123456789012345)
            sheet.write_number(3, 2, 999999999999999)
            sheet.write_number(3, 3, -12.34)
            sheet.write_datetime(4, 1, MORNING, workbook.add_format({"num_format": "yyyy-mm-dd hh:mm"}))
            sheet.write_datetime(4, 2, MORNING.date(), workbook.add_format({"num_format": "yyyy-mm-dd"}))
            sheet.write_formula(5, 1, "=1/0", None, "#DIV/0!")
            sheet.write_formula(5, 2, "=1+1", None, 2)
        return read_workbook(path)["表"].rows

    def test_row_one_of_the_sheet_is_the_first_row_even_when_it_is_empty(self, rows: list):
        assert rows[0] == rows[1] == [None] * len(rows[0])
        assert rows[2][1] == "文本"

    def test_text_stays_text_with_its_leading_zeros(self, rows: list):
        assert rows[2][6] == "003"

    def test_a_whole_number_is_an_int_and_a_fraction_an_exact_decimal(self, rows: list):
        assert (rows[2][2], type(rows[2][2])) == (3, int)
        assert (rows[2][3], rows[2][4], rows[3][3]) == (Decimal("3.5"), Decimal("0.1"), Decimal("-12.34"))
        assert isinstance(rows[2][4], Decimal)

    def test_yes_and_no_are_not_numbers(self, rows: list):
        assert rows[2][5] is True

    def test_a_code_that_became_a_number_is_told_apart_from_one_that_is_whole(self, rows: list):
        damaged = rows[3][1]
        assert isinstance(damaged, Damaged)
        assert damaged.kind == "long_number"
        assert damaged.text.startswith("37078212345678")
        assert rows[3][2] == 999999999999999

    def test_dates_and_moments(self, rows: list):
        assert rows[4][1] == MORNING
        assert rows[4][2] == date(2026, 7, 15)
        assert type(rows[4][2]) is date

    def test_an_error_is_not_read_as_a_blank(self, rows: list):
        assert rows[5][1] == Damaged("error")
        assert rows[5][2] == 2

    def test_merged_ranges_and_hidden_sheets_are_told(self, tmp_path: Path):
        path = tmp_path / "merged.xlsx"
        with new_workbook(path) as workbook:
            workbook.add_worksheet("一").merge_range(0, 0, 1, 3, "标题")
            workbook.add_worksheet("编号").hide()
        sheets = read_workbook(path)
        assert list(sheets) == ["一", "编号"]
        assert sheets["一"].merged == [((0, 0), (1, 3))]
        assert (sheets["一"].visible, sheets["编号"].visible) == (True, False)
        assert sheets["编号"].rows == []

    def test_a_formula_that_was_never_calculated_is_marked_on_its_own_sheet(self, tmp_path: Path):
        workbook = openpyxl.Workbook()
        workbook.active.title = "先"
        workbook.active["A1"] = 1
        second = workbook.create_sheet("后 & 末")
        second["B2"] = "=SUM(A1:A1)"
        path = tmp_path / "openpyxl.xlsx"
        workbook.save(path)
        sheets = read_workbook(path)
        assert sheets["先"].rows == [[1]]
        assert sheets["后 & 末"].rows[1][1] == Damaged("no_result")

    def test_a_formula_with_an_empty_text_as_result_is_a_blank(self, saved):
        cells = '<row r="1"><c r="A1" t="str"><f>IF(1,"")</f><v></v></c><c r="B1"><v>1</v></c></row>'
        sheet = read_workbook(saved(workbook_with(sheet=sheet_of(cells))))["表"]
        assert sheet.rows == [[None, 1]]

    def test_cells_are_read_though_their_names_carry_a_prefix(self, saved):
        content = (
            b'<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData>'
            b'<x:row r="1"><x:c t="e" r="A1"><x:v>#N/A</x:v></x:c><x:c r="B1"><x:v>2</x:v></x:c></x:row>'
            b"</x:sheetData></x:worksheet>"
        )
        assert inspect(workbook_with(sheet=content)).error_cells == {SHEET: ["A1"]}

    def test_a_thousand_workbooks_need_one_process_and_a_bad_one_among_them_stops_none(self, saved):
        good = saved(workbook_with(), "good.xlsx")
        bad = saved(b"no workbook", "bad.xlsx")
        paths = [good] * 20 + [bad] + [good] * 20
        results = list(read_workbooks(paths))
        assert [path for path, _ in results] == paths
        refused = [path for path, result in results if isinstance(result, BadInput)]
        assert refused == [bad]

    @pytest.mark.parametrize(
        ("first", "code"), [('<c r="A1"><v>1</v></c>', "too_heavy"), ("", "damaged")], ids=["memory", "panic"]
    )
    def test_a_file_that_kills_the_parser_is_named_and_the_others_are_read(
        self, saved, first: str, code: str
    ):
        good = saved(workbook_with(), "good.xlsx")
        # The gate does not look into pictures; the relations make this one the sheet. From A1 to the far cell
        # it asks for 500 GB; the far cell alone makes the parser panic.
        parts = good_parts()
        parts["xl/media/image1.png"] = sheet_of(
            f'<row r="1">{first}</row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
        )
        relations = "xl/_rels/workbook.xml.rels"
        parts[relations] = parts[relations].replace(b"worksheets/sheet1.xml", b"media/image1.png")
        deadly = saved(pack(parts), "deadly.xlsx")
        results = dict(read_workbooks([good, deadly, saved(workbook_with(), "last.xlsx")]))
        assert isinstance(results[deadly], BadInput)
        assert str(results[deadly]) == str(REFUSALS[code])
        assert sum(isinstance(result, dict) for result in results.values()) == 2


class TestTheGate:
    def test_a_sound_workbook_passes_and_is_measured(self):
        extent = inspect(workbook_with())
        assert extent.cells == 2
        assert extent.members == len(good_parts())

    def test_every_refusal_and_every_damage_has_its_words(self):
        for words in [*REFUSALS.values(), *DAMAGES.values()]:
            assert str(words)

    def test_a_file_over_the_limit(self, settings, saved):
        settings.UPLOAD_LIMIT_BYTES = 1024 * 1024
        with pytest.raises(BadInput, match="larger than 1 MB"):
            scan(saved(b"PK\x03\x04" + bytes(1024 * 1024)))

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"", "not_a_workbook"),
            (b"a,b,c\n1,2,3\n", "not_a_workbook"),
            (b"PK\x03\x04 and then nothing", "damaged"),
            (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "old_format"),
            (
                bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
                "encrypted",
            ),
        ],
        ids=["empty", "csv", "cut", "xls", "password"],
    )
    def test_what_is_no_workbook_is_told_by_its_kind(self, content: bytes, code: str):
        assert refusal_of(content) == code

    def test_a_zip_without_a_workbook(self):
        assert refusal_of(pack({"word/document.xml": b"<w/>"})) == "not_a_workbook"

    @pytest.mark.parametrize(
        ("name", "code"),
        [
            ("xl/vbaProject.bin", "macro"),
            ("XL/VBAPROJECT.BIN", "macro"),
            ("xl/macrosheets/sheet1.xml", "macro"),
            ("xl/externalLinks/externalLink1.xml", "external_link"),
            ("xl/connections.xml", "external_link"),
            ("xl/embeddings/oleObject1.bin", "embedded_object"),
            ("xl/activeX/activeX1.xml", "embedded_object"),
            ("../../etc/cron.d/x", "damaged"),
            ("/etc/passwd", "damaged"),
            ("xl\\workbook2.xml", "damaged"),
            ("c:/x.xml", "damaged"),
            ("xl/a\nb.xml", "damaged"),
        ],
    )
    def test_a_part_that_must_not_be_there(self, name: str, code: str):
        assert refusal_of(workbook_with(**{name: b"x"})) == code

    def test_a_workbook_that_says_it_has_macros(self):
        types = good_parts()[CONTENT_TYPES].replace(b"sheet.main", b"sheet.macroEnabled.main")
        assert refusal_of(workbook_with(types=types)) == "macro"

    def test_a_relation_to_another_file(self):
        relations = (
            b'<Relationships><Relationship Id="rId9" Target="file:///x.xlsx" TargetMode="External" Type="http://'
            b'schemas.openxmlformats.org/officeDocument/2006/relationships/externalLinkPath"/></Relationships>'
        )
        assert (
            refusal_of(workbook_with(**{"xl/worksheets/_rels/sheet1.xml.rels": relations})) == "external_link"
        )

    def test_a_formula_that_starts_a_program(self):
        cells = '<row r="1"><c r="A1"><f>cmd|\'/c calc\'!A0</f><v>0</v></c></row>'
        assert refusal_of(workbook_with(sheet=sheet_of(cells))) == "external_link"

    def test_a_bar_inside_the_text_of_a_formula_is_no_link(self):
        cells = '<row r="1"><c r="A1"><f>IF(B1="a|b",Sheet2!A1,"x | y")</f><v>0</v></c></row>'
        assert inspect(workbook_with(sheet=sheet_of(cells))).cells == 1

    @pytest.mark.parametrize("start", ["<!DOCTYPE x [", "<!ENTITY a 'b'>", "<!doctype x>"])
    def test_a_document_type(self, start: str):
        assert refusal_of(workbook_with(sheet=start.encode() + sheet_of(""))) == "doctype"

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-7"])
    def test_xml_in_another_encoding_cannot_hide_what_it_says(self, encoding: str):
        text = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE x><a/>'
        assert refusal_of(workbook_with(sheet=text.encode(encoding))) == "damaged"

    def test_a_bomb_stops_unpacking_early(self):
        content = workbook_with(**{"xl/sharedStrings.xml": b"<si><t>a</t></si>" * 2_500_000})
        assert len(content) < 512 * 1024
        began = time.monotonic()
        assert refusal_of(content) == "unpacks_too_big"
        assert time.monotonic() - began < 5

    def test_many_parts_together_may_not_unpack_to_too_much(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(workbook_gate, "MAX_UNPACKED_BYTES", 100_000)
        parts = {f"xl/worksheets/s{number}.xml": b"<a/>" * 10_000 for number in range(5)}
        assert refusal_of(workbook_with(**parts)) == "unpacks_too_big"

    def test_too_many_parts(self):
        parts = {f"xl/worksheets/s{number}.xml": b"" for number in range(2_001)}
        assert refusal_of(workbook_with(**parts)) == "too_many_members"

    def test_one_cell_far_away(self):
        cells = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
        assert refusal_of(workbook_with(sheet=sheet_of(cells))) == "too_many_cells"

    def test_a_far_cell_is_found_whatever_the_order_and_quotes_of_its_attributes(self):
        cells = "<row r='1'><c s='1'\n r = 'xfd1048576'  t='n'><v>1</v></c></row>"
        assert refusal_of(workbook_with(sheet=sheet_of(cells))) == "too_many_cells"

    def test_sheets_count_together(self):
        wide = sheet_of('<row r="1"><c r="A1"><v>1</v></c><c r="CV6000"><v>1</v></c></row>')
        assert inspect(workbook_with(sheet=wide)).cells == 600_000
        assert refusal_of(workbook_with(sheet=wide, **{"xl/worksheets/sheet2.xml": wide})) == "too_many_cells"

    def test_styled_empty_cells_down_to_the_last_row_are_no_reason(self, saved):
        cells = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576" s="1"/></row>'
        content = workbook_with(sheet=sheet_of(cells))
        assert inspect(content).cells == 1
        assert read_workbook(saved(content))["表"].rows == [[1]]

    def test_a_cell_without_an_address(self):
        assert (
            refusal_of(workbook_with(sheet=sheet_of("<row><c><v>1</v></c></row>"))) == "cells_without_address"
        )

    def test_an_address_that_a_chunk_cuts_is_still_seen(self, monkeypatch: pytest.MonkeyPatch):
        cells = "".join(f'<c r="A{row}"><v>1</v></c>' for row in range(1, 50))
        cells += '<c r="XFD1048576"><v>1</v></c>' + "<c r='A1' t='e'><v>#N/A</v></c>" + "<x>" * 40
        content = workbook_with(sheet=sheet_of(cells))
        for chunk in range(64, 200, 3):
            monkeypatch.setattr(workbook_gate, "_CHUNK", chunk)
            assert refusal_of(content) == "too_many_cells"

    def test_a_formula_without_result_that_a_chunk_cuts_is_still_seen(self, monkeypatch: pytest.MonkeyPatch):
        cells = '<row r="1">' + '<c r="A1"><v>7</v></c><c r="B1"><f>A1+1</f><v></v></c>' * 3 + "</row>"
        content = workbook_with(sheet=sheet_of(cells))
        for chunk in range(64, 200, 3):
            monkeypatch.setattr(workbook_gate, "_CHUNK", chunk)
            assert inspect(content).cells_without_result == {SHEET: ["B1"] * 3}

    def test_a_tag_that_never_ends_does_not_cost_the_square_of_its_length(self):
        hostile = "<c  " + " ".join(f'r="A{hash(str(n)) % 10**7}"' for n in range(30_000)) + "<"
        began = time.monotonic()
        assert refusal_of(workbook_with(sheet=sheet_of(hostile * 20))) == "cells_without_address"
        assert time.monotonic() - began < 5

    def test_members_that_share_bytes(self):
        assert refusal_of(overlapping()) == "damaged"

    def test_a_member_whose_size_is_a_lie(self):
        content = bytearray(workbook_with(sheet=sheet_of("") + b" " * 5_000))
        position = content.rfind(SHEET.encode()) - 46
        struct.pack_into("<I", content, position + 24, 10)
        assert refusal_of(bytes(content)) == "damaged"

    def test_a_member_named_otherwise_in_its_own_header(self):
        content = bytearray(workbook_with())
        position = content.find(SHEET.encode())
        content[position : position + 3] = b"xx/"
        assert refusal_of(bytes(content)) == "damaged"

    def test_two_members_of_one_name(self):
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            for name, part in good_parts().items():
                archive.writestr(name, part)
            with pytest.warns(UserWarning, match="Duplicate"):
                archive.writestr(SHEET, b"<a/>")
        assert refusal_of(content.getvalue()) == "damaged"

    def test_an_encrypted_member(self):
        content = bytearray(workbook_with())
        position = content.rfind(SHEET.encode()) - 46
        content[position + 8] |= 1
        assert refusal_of(bytes(content)) == "encrypted"

    def test_something_behind_the_end_of_the_archive(self):
        assert refusal_of(workbook_with() + b"PK\x05\x06") == "damaged"

    def test_random_damage_is_refused_or_read_but_never_a_fault(self):
        chance = random.Random(7)
        sound = workbook_with()
        codes = set()
        for _ in range(300):
            content = bytearray(sound)
            for _ in range(chance.randint(1, 8)):
                content[chance.randrange(len(content))] = chance.randrange(256)
            try:
                inspect(bytes(content))
            except Refusal as refusal:
                codes.add(refusal.code)
        assert codes <= set(REFUSALS)


def overlapping() -> bytes:
    """A workbook whose last member claims the bytes of the one before."""
    content = bytearray(pack(good_parts()))
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as archive:
        last, before = archive.infolist()[-1], archive.infolist()[-2]
    position = content.rfind(last.filename.encode()) - 46
    struct.pack_into("<I", content, position + 42, before.header_offset)
    return bytes(content)


class TestCsv:
    def rows(self, saved, content: bytes) -> list[tuple[int, list[str]]]:
        return list(read_csv(saved(content, "upload.csv")))

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
    def test_the_three_encodings_of_excel_and_wps(self, saved, encoding: str):
        assert self.rows(saved, "单位,金额\n诸城市,1\n".encode(encoding)) == [
            (1, ["单位", "金额"]),
            (2, ["诸城市", "1"]),
        ]

    def test_rows_carry_the_line_a_person_sees(self, saved):
        content = b'a,b\n"1\n1",2\n\n3,4\n'
        assert [number for number, _ in self.rows(saved, content)] == [1, 3, 5]

    def test_tabs_where_there_are_no_commas(self, saved):
        assert self.rows(saved, b"a\tb\n1\t2\n")[1] == (2, ["1", "2"])

    def test_quotes_that_do_not_close_are_told_with_their_line(self, saved):
        with pytest.raises(BadInput) as refused:
            self.rows(saved, b'a,b\n1,"2\n3,4\n')
        assert "3" in refused.value.faults[0].where

    @pytest.mark.parametrize("content", [b"PK\x03\x04\x00\x00", "a,b".encode("utf-16"), b"\xff\xff\xff,\xff"])
    def test_what_is_no_text_is_refused(self, saved, content: bytes):
        with pytest.raises(BadInput, match="not a CSV file"):
            self.rows(saved, content)

    def test_a_csv_over_the_limit(self, saved, settings):
        settings.UPLOAD_LIMIT_BYTES = 1024 * 1024
        with pytest.raises(BadInput, match="larger than 1 MB"):
            self.rows(saved, b"a," * 600_000)


DANGEROUS = ["=1+1", "+1", "-1", "@A1", "\t=1", "\r=1", "  =1", "＝1", "＋1", "－1", "＠1", "\u00a0=1"]


class TestWhatLeaves:
    @pytest.mark.parametrize("text", DANGEROUS)
    def test_text_that_could_become_a_formula_gets_an_apostrophe(self, text: str):
        assert safe_text(text) == "'" + text

    @pytest.mark.parametrize(
        ("value", "text"),
        [(Decimal("-12.30"), "-12.30"), (-5, "-5"), (None, ""), ("甲 = 乙", "甲 = 乙"), (0, "0")],
    )
    def test_numbers_and_plain_text_are_left_alone(self, value: object, text: str):
        assert safe_text(value) == text

    @pytest.mark.parametrize("constant_memory", [False, True])
    def test_xlsxwriter_writes_a_string_as_a_string(self, tmp_path: Path, constant_memory: bool):
        path = tmp_path / "export.xlsx"
        with new_workbook(path, constant_memory=constant_memory) as workbook:
            sheet = workbook.add_worksheet("表")
            for row, text in enumerate([*DANGEROUS, "http://example.org", "007"]):
                sheet.write(row, 0, text)
        column = openpyxl.load_workbook(path)["表"]["A"]
        assert {cell.data_type for cell in column} == {"s"}
        assert [cell.value for cell in column][-2:] == ["http://example.org", "007"]
        assert not any(cell.hyperlink for cell in column)

    def test_openpyxl_writes_text_as_text_that_stays_text(self, tmp_path: Path):
        workbook = openpyxl.Workbook()
        for row, text in enumerate([*DANGEROUS, "甲", "bell\x07", None], 1):
            write_text(workbook.active.cell(row, 1), text)
        path = tmp_path / "filled.xlsx"
        workbook.save(path)
        column = openpyxl.load_workbook(path).active["A"]
        assert {cell.data_type for cell in column} == {"s"}
        assert [bool(cell.quotePrefix) for cell in column] == [True] * len(DANGEROUS) + [False, False]
        assert [cell.value for cell in column][-2:] == ["甲", "bell"]
