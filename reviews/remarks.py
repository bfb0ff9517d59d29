"""Remarks on cells (批注): a reviewer asks, everybody who sees the table reads, the question is settled."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from foundation import audit, clock
from foundation.errors import BadInput, Fault, RuleError
from monitoring.form import TABLE_COLUMNS
from monitoring.grids import FUND_HEADS, INDICATOR_HEADS, TOTAL
from monitoring.models import FundRow, IndicatorRow, MonitoringTable
from monitoring.stages import EDITABLE_STAGES, CycleState, Stage
from organisation.models import User
from reviews import notices
from reviews.acts import read_text
from reviews.cases import Case, load, lock
from reviews.chain import CHAIN
from reviews.models import Remark
from reviews.permissions import holds_role_at, wrong_tier

REMARK_LIMIT = 1000
# Cells that no unit types may be asked about as well.
_TABLE_CELLS = frozenset({*TABLE_COLUMNS, "objective"})
_FUND_CELLS = frozenset(head.id for head in FUND_HEADS)
_INDICATOR_CELLS = frozenset({*(head.id for head in INDICATOR_HEADS), "level"})


def may_remark(user: User, case: Case) -> bool:
    """Whether it is the person's turn at this table; four eyes do not matter for a question."""
    table = case.table
    if table.stage not in CHAIN or case.cycle.state != CycleState.OPEN:
        return False
    return holds_role_at(user, table, table.stage) and (
        table.stage != Stage.THIRD_PARTY or case.assigned_to_person
    )


def may_settle(user: User, remark: Remark, table: MonitoringTable) -> bool:
    """Its author, whoever reviews the table now, or the clerk while the table is with the unit."""
    if remark.author_id == user.pk:
        return True
    stage = Stage.FILLING if table.stage in EDITABLE_STAGES else table.stage
    return holds_role_at(user, table, stage)


@transaction.atomic
def add(table: MonitoringTable, *, cell: str, text: str, by: User) -> Remark:
    """Put a remark on a cell, or on the whole table when `cell` is "".

    Raises PermissionDenied; RuleError "wrong_tier" when it is another tier's turn; BadInput for an unknown
    cell or a text that is empty or too long.
    """
    locked = lock([table.pk], by)
    if not locked:
        raise PermissionDenied
    case = load(locked, by)[0]
    if not may_remark(by, case):
        if any(holds_role_at(by, case.table, stage) for stage in CHAIN):
            raise wrong_tier(case.table)
        raise PermissionDenied
    text = read_text(text, limit=REMARK_LIMIT, required=_("Write the remark."))
    if not _cell_exists(case.table, cell):
        raise BadInput([Fault("cell", _("This table has no such cell."))])
    remark = Remark.objects.create(
        table=case.table,
        cell=cell,
        text=text,
        author=by,
        author_stage=case.table.stage,
        revision=case.table.revision,
        at=case.now,
    )
    notices.owe_for_remark(remark)
    audit.record("reviews.remarked", case.table, actor=by, after={"cell": cell, "text": text})
    return remark


@transaction.atomic
def settle(remark: Remark, *, by: User) -> Remark:
    """Close the question. Raises PermissionDenied; RuleError "settled_already" on a second click."""
    remark = (
        Remark.objects.select_for_update(of=("self",))
        .select_related("table__project", "table__cycle", "author")
        .get(pk=remark.pk)
    )
    if not may_settle(by, remark, remark.table):
        raise PermissionDenied
    if remark.settled_at is not None:
        raise RuleError("settled_already", _("This remark is settled already."))
    remark.settled_at, remark.settled_by = clock.now(), by
    remark.save(update_fields=["settled_at", "settled_by"])
    notices.owe_for_settled(remark)
    audit.record(
        "reviews.remark_settled", remark.table, actor=by, before={"cell": remark.cell, "text": remark.text}
    )
    return remark


def _cell_exists(table: MonitoringTable, cell: str) -> bool:
    if cell == "" or cell in _TABLE_CELLS:
        return True
    part, _dot, rest = cell.partition(".")
    key, _dot, name = rest.rpartition(".")
    match part:
        case "fund":
            rows = FundRow.objects.filter(table=table, source=key)
            return name in _FUND_CELLS and (key == TOTAL or rows.exists())
        case "indicator":
            indicators = IndicatorRow.objects.filter(table=table, indicator__code=key)
            return name in _INDICATOR_CELLS and indicators.exists()
    return False
