"""A small bureau's files, as rows by column key; a test changes what it names."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from copy import deepcopy
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.apps import apps

from foundation.spreadsheets import Sheet as Cells
from projects.choices import ImportKind
from projects.import_format import PAYMENTS, WORKBOOK
from projects.import_template import write_workbook
from projects.models import ImportBatch

Rows = dict[str, list[dict[str, Any]]]
ROAD, BRIDGE, SCHOOL = (f"37078222T{number:012d}" for number in (1, 2, 3))
JAN, MAR, JUN = date(2022, 1, 10), date(2022, 3, 15), date(2022, 6, 30)

BUDGET: Rows = {
    "divisions": [
        {"code": "37", "name": "山东省", "level": "省级"},
        {"code": "3707", "name": "潍坊市", "level": "市级", "parent_code": "37"},
        {"code": "370782", "name": "诸城市", "level": "县级", "parent_code": "3707"},
    ],
    "sections": [{"code": "01", "name": "经济建设科", "division_code": "370782"}],
    "departments": [
        {"code": "219", "name": "市交通运输局", "section_code": "01", "secret": "否"},
        {"code": "105", "name": "市教育和体育局", "section_code": "01"},
    ],
    "units": [
        {"code": "219001", "name": "市公路中心", "department_code": "219"},
        {"code": "105001", "name": "市第一中学", "department_code": "105"},
    ],
    "projects": [
        {"project_code": code, "year": 2022, "name": name, "unit_code": unit, "kind": "一次性", "nature": "新增",
         "klass": "特定目标类", "starts_on": JAN, "ends_on": date(2022, 12, 31), "manager": "王海燕",
         "phone": "0536-6062345", "key_monitored": "否", "secrecy": "", "objective": "完成年度建设任务。"}
        for code, name, unit in ((ROAD, "农村公路养护", "219001"), (BRIDGE, "危桥改造", "219001"),
                                 (SCHOOL, "校舍维修", "105001"))
    ],
    "funding": [
        {"project_code": ROAD, "source": "一般公共预算", "initial": Decimal("1000000.00")},
        {"project_code": ROAD, "source": "上级转移支付", "initial": Decimal(0)},
        {"project_code": BRIDGE, "source": "一般公共预算", "initial": Decimal("238.93")},
        {"project_code": SCHOOL, "source": "一般公共预算", "initial": Decimal("500000")},
    ],
    "adjustments": [
        {"project_code": ROAD, "source": "上级转移支付", "document_no": "鲁财建〔2022〕1号", "on": MAR,
         "amount": Decimal("300000.01"), "kind": "追加", "reason": "上级追加"},
        {"project_code": SCHOOL, "source": "一般公共预算", "document_no": "诸财预〔2022〕7号", "on": JUN,
         "amount": Decimal("-100000"), "kind": "追减", "reason": "压减"},
    ],
    "receipts": [
        {"project_code": ROAD, "source": "一般公共预算", "document_no": "诸财预〔2022〕1号", "on": JAN,
         "amount": Decimal("600000")},
    ],
    "indicators": [
        {"project_code": code, "code": f"K{number}", "level1": "产出指标", "level2": "数量指标", "name": "养护里程",
         "sign": "≥", "target_low": Decimal(100), "unit": "公里", "weight": Decimal(45)}
        for code in (ROAD, BRIDGE, SCHOOL) for number in (1, 2)
    ],
}  # fmt: skip

VOUCHERS: list[dict[str, str]] = [
    {"voucher_no": f"V{number}", "project_code": code, "source": "一般公共预算", "paid_on": day, "amount": amount,
     "is_refund": "是" if amount.startswith("-") else "否", "payee": "某公司", "summary": "工程款",
     "quota_no": "诸财预〔2022〕1号"}
    for number, (code, day, amount) in enumerate(
        ((ROAD, "2022-01-20", "200000.00"), (ROAD, "2022-03-31", "100000.10"), (ROAD, "2022-04-01", "-50000.10"),
         (SCHOOL, "2022-06-30", "12.34")), start=1)
]  # fmt: skip


def budget(**more: list[dict[str, Any]]) -> Rows:
    """The good workbook with rows added: budget(units=[{…}])."""
    rows = deepcopy(BUDGET)
    for key, added in more.items():
        rows.setdefault(key, []).extend(added)
    return rows


def row(like: dict[str, Any], **given: Any) -> dict[str, Any]:
    return {**like, **given}


def write_budget(path: Path, rows: Rows) -> Path:
    cells = {
        sheet.key: [[each.get(column.key) for column in sheet.columns] for each in rows.get(sheet.key, [])]
        for sheet in WORKBOOK
    }
    write_workbook(path, cells)
    return path


def cells_of(rows: Rows) -> dict[str, Cells]:
    """The same in memory, as the reading process gives it."""
    sheets = {}
    for sheet in WORKBOOK:
        lines: list[list[Any]] = [[column.heading for column in sheet.columns]]
        lines += [[each.get(column.key) for column in sheet.columns] for each in rows.get(sheet.key, [])]
        sheets[sheet.name] = Cells(sheet.name, lines)
    return sheets


def write_payments(path: Path, vouchers: list[dict[str, str]], *, encoding: str = "utf-8-sig") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        lines = csv.writer(file)
        lines.writerow([column.heading for column in PAYMENTS.columns])
        lines.writerows([each.get(column.key, "") for column in PAYMENTS.columns] for each in vouchers)
    return path


def take_budget(folder: Path, rows: Rows | None = None) -> ImportBatch:
    from projects import batches

    return batches.take_file(
        write_budget(folder / "city.xlsx", BUDGET if rows is None else rows), ImportKind.BUDGET
    )


def take_payments(
    folder: Path, vouchers: list[dict[str, str]] | None = None, *, encoding: str = "utf-8-sig"
) -> ImportBatch:
    from projects import batches

    given = VOUCHERS if vouchers is None else vouchers
    return batches.take_file(
        write_payments(folder / "payments.csv", given, encoding=encoding), ImportKind.PAYMENTS
    )


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table but the register of offered files: what an import may have changed."""
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values_list())
        for model in apps.get_models()
        if model is not ImportBatch and model._meta.app_label != "contenttypes"
    }


def texts_kept() -> Iterator[str]:
    """Every value in the database as text, the register of files included."""
    for model in apps.get_models():
        for kept in model._default_manager.values_list():
            yield from map(str, kept)
