"""Small workbooks and payment files in the import format."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from projects.import_format import PAYMENTS, WORKBOOK
from projects.import_template import write_workbook

CODE = "37078222T000000000001"
SECRET_CODE = "37078222T000000000002"

ROWS: dict[str, list[dict[str, Any]]] = {
    "divisions": [{"code": "370782", "name": "诸城市", "level": "县级"}],
    "sections": [{"code": "01", "name": "经济建设科", "division_code": "370782"}],
    "departments": [{"code": "219", "name": "市交通运输局", "section_code": "01"}],
    "units": [{"code": "219001", "name": "市公路中心", "department_code": "219"}],
    "projects": [
        {"project_code": CODE, "year": 2022, "name": "农村公路养护", "unit_code": "219001", "nature": "新增",
         "klass": "特定目标类", "objective": "养护农村公路100公里。"},
    ],
    "funding": [{"project_code": CODE, "source": "一般公共预算", "initial": Decimal("1000000.00")}],
    "indicators": [
        {"project_code": CODE, "code": "K001", "level1": "产出指标", "level2": "数量指标", "name": "养护里程",
         "sign": "≥", "target_low": Decimal(100), "unit": "公里", "weight": Decimal(90)},
    ],
}  # fmt: skip

SECRET_ROWS = {
    "projects": [
        *ROWS["projects"],
        {**ROWS["projects"][0], "project_code": SECRET_CODE, "name": "不可说", "secrecy": "秘密"},
    ]
}


def workbook(**changed: list[dict[str, Any]]) -> io.BytesIO:
    """A budget workbook: one project, with other rows for the sheets named."""
    rows = {**ROWS, **changed}
    target = io.BytesIO()
    write_workbook(target, {sheet.key: _cells(sheet, rows.get(sheet.key, [])) for sheet in WORKBOOK})
    target.seek(0)
    target.name = "city.xlsx"
    return target


def payments(*amounts: str) -> io.BytesIO:
    """A payment file with a voucher for each amount, paid in March."""
    lines = [",".join(column.heading for column in PAYMENTS.columns)]
    for number, amount in enumerate(amounts, 1):
        values: Mapping[str, str] = {
            "voucher_no": f"V{number:03d}",
            "project_code": CODE,
            "source": "一般公共预算",
            "paid_on": date(2022, 3, number).isoformat(),
            "amount": amount,
        }
        lines.append(",".join(values.get(column.key, "") for column in PAYMENTS.columns))
    target = io.BytesIO("\r\n".join(lines).encode())
    target.name = "payments.csv"
    return target


def _cells(sheet: Any, rows: list[dict[str, Any]]) -> list[list[Any]]:
    return [[row.get(column.key) for column in sheet.columns] for row in rows]
