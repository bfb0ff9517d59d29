"""Doors of the official form: one table, or all tables of a department in a cycle."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from foundation import audit
from foundation.errors import RuleError
from foundation.http import SignedInRequest, get_visible_or_404
from monitoring import exports
from monitoring.models import Cycle, MonitoringTable
from monitoring.querysets import TableQuerySet
from organisation.models import Department

MOST_SHEETS = 500


@login_required
@require_GET
def table_form_xlsx(request: SignedInRequest, public_id: str) -> HttpResponse:
    """The official form of one table."""
    table = get_visible_or_404(_with_heads(request), public_id=public_id)
    return _answer(request, [table], exports.file_name([table]))


@login_required
@require_GET
def department_forms_xlsx(request: SignedInRequest, pk: int, cycle: str) -> HttpResponse:
    """The official forms of a department's tables that the person may see: one file, a sheet each."""
    department = get_visible_or_404(Department.objects.visible_to(request.user), pk=pk)
    round_ = get_visible_or_404(Cycle.objects.visible_to(request.user), public_id=cycle)
    tables = list(
        _with_heads(request).filter(department=department, cycle=round_).order_by("pk")[: MOST_SHEETS + 1]
    )
    if not tables:
        raise RuleError("nothing_to_export", _("There is no table to export."))
    if len(tables) > MOST_SHEETS:
        raise RuleError("too_many_sheets", _("Too many tables for one workbook."))
    return _answer(request, tables, exports.file_name(tables, department.name))


def _with_heads(request: SignedInRequest) -> TableQuerySet:
    tables: TableQuerySet = MonitoringTable.objects.visible_to(request.user)
    return tables.select_related("project", "unit", "department", "cycle__rule_book")


def _answer(request: SignedInRequest, tables: list[MonitoringTable], name: str) -> HttpResponse:
    content = exports.form_workbook(tables)
    audit.record(
        "tables.exported",
        tables[0] if len(tables) == 1 else tables[0].department,
        actor=request.user,
        after={"file": name, "tables": len(tables), "cycle": str(tables[0].cycle)},
        division_id=tables[0].division_id,
    )
    response = HttpResponse(content, content_type=exports.CONTENT_TYPE)
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response
