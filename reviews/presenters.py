"""What pages show of the chain: the stamps of the tiers, the decisions, the remarks, and what may be done now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from monitoring import presenters as table_presenters
from monitoring.form import TABLE_COLUMNS
from monitoring.grids import FUND_HEADS, INDICATOR_HEADS, TOTAL
from monitoring.models import IndicatorRow, MonitoringTable
from monitoring.page_parts import adds_to_table_page
from monitoring.rulebook import ReturnReason
from monitoring.snapshots import Sheet
from monitoring.stages import EDITABLE_STAGES, Stage
from organisation.models import User
from projects.choices import FundSource
from reviews.acts import Act, Seen
from reviews.cases import Case, load, reasons_at
from reviews.chain import PASSING, Action
from reviews.models import Assignment, Decision, Remark
from reviews.permissions import Refusal, holds_role_at, may_decide, refusal, reviews_at
from reviews.remarks import may_remark, may_settle


@dataclass(frozen=True)
class Panel:
    """What the person may do with the table now; `why_not` when they review it but not at this moment."""

    case: Case
    may_decide: bool
    may_remark: bool
    may_recall: bool
    reasons: list[tuple[str, str]]
    why_not: Refusal | None = None

    @property
    def by_score(self) -> bool:
        return self.case.table.stage == Stage.THIRD_PARTY


def panel_of(table: MonitoringTable, user: User) -> Panel:
    """The decision panel of the review page."""
    case = load([table], user)[0]
    allowed = may_decide(user, case)
    recall = refusal(case, Act(Action.RECALL), Seen.now(table)) is None
    why_not = None
    if not allowed and not recall and reviews_at(user, table):
        why_not = refusal(case, Act(Action.APPROVE), Seen.now(table), shape=False)
    return Panel(
        case=case,
        may_decide=allowed,
        may_remark=may_remark(user, case),
        may_recall=recall,
        reasons=[(reason.code, f"{reason.code} {words(reason)}") for reason in case.reasons],
        why_not=why_not,
    )


def words(reason: ReturnReason) -> str:
    """A return reason in the reader's language."""
    return reason.zh if (get_language() or "").startswith("zh") else reason.en


@adds_to_table_page
def table_page_part(table: MonitoringTable, user: User) -> dict[str, Any]:
    """Decisions, remarks and the stamped chain, for the table's page and for the review page."""
    decisions = list(
        Decision.objects.filter(table=table).select_related("actor", "on_behalf_of").order_by("-id")
    )
    remarks = _remarks(table, user)
    context: dict[str, Any] = {
        "decisions": decision_rows(table, decisions),
        "remarks": remarks,
        "standing_remarks": sum(remark["settled_at"] is None for remark in remarks),
        "chain": stamped_chain(table, decisions),
    }
    last = decisions[0] if decisions else None
    if table.stage == Stage.RETURNED and last and last.action == Action.RETURN:
        row = context["decisions"][0]
        context["returned"] = {"title": f"{row['what']} · {row['who']} · {row['reason']}", "text": last.text}
    if _may_withdraw(table, user, decisions):
        context["actions"] = ["reviews/_withdraw.html"]
    return context


def decision_rows(table: MonitoringTable, decisions: list[Decision]) -> list[dict[str, Any]]:
    """Rows for reviews/_decision_history.html, newest first as given."""
    reasons: dict[str, str] = {}
    if any(decision.code for decision in decisions):
        for stage in (Stage.HEAD, Stage.DEPARTMENT, Stage.SECTION, Stage.PERFORMANCE):
            reasons |= {reason.code: words(reason) for reason in reasons_at(stage, table.cycle)}
    return [
        {
            "what": decision.get_action_display(),
            "action": decision.action,
            "who": decision.actor.name,
            "tier": table_presenters.CHAIN_LABELS.get(_tier_of(decision), ""),
            "to": decision.get_to_stage_display(),
            "at": decision.at,
            "reason": f"{decision.code} {reasons.get(decision.code, '')}".strip(),
            "text": decision.text,
            "score": decision.score,
            "revision": decision.revision,
            "digest": decision.digest[:12],
        }
        for decision in decisions
    ]


def stamped_chain(table: MonitoringTable, decisions: list[Decision]) -> list[dict[str, Any]]:
    """The tiers with who passed them and when. decisions: newest first."""
    windows = table.cycle.windows_by_stage
    tiers = table_presenters.chain_of(table, windows)
    stages = table_presenters.chain_stages(table.cycle)
    assigned = Stage.THIRD_PARTY in stages and Assignment.objects.filter(table=table).exists()
    for stage, tier in zip(stages, tiers, strict=True):
        stamp = next((decision for decision in decisions if _stamps(decision, stage)), None)
        if stamp and tier["state"] == "done":
            tier |= {"who": stamp.actor.name, "at": stamp.at, "note": ""}
        if stage == Stage.THIRD_PARTY and not assigned:
            tier |= {"state": "skipped", "note": ""}
    return tiers


def _stamps(decision: Decision, stage: Stage) -> bool:
    if stage == Stage.FILLING:
        return decision.action == Action.SUBMIT
    return decision.from_stage == stage and decision.action in (*PASSING, Action.OBJECT)


def _tier_of(decision: Decision) -> Stage:
    stage = Stage(decision.from_stage)
    if stage in EDITABLE_STAGES or decision.action == Action.WITHDRAW:
        return Stage.FILLING
    return Stage.PERFORMANCE if decision.action == Action.RECALL else stage


def _remarks(table: MonitoringTable, user: User) -> list[dict[str, Any]]:
    rows = list(Remark.objects.filter(table=table).select_related("author", "settled_by").order_by("-id"))
    names = cell_names(table, {remark.cell for remark in rows})
    return [
        {
            "public_id": remark.public_id,
            "cell": remark.cell,
            "label": names[remark.cell],
            "text": remark.text,
            "author": remark.author.name,
            "tier": table_presenters.CHAIN_LABELS.get(Stage(remark.author_stage), ""),
            "at": remark.at,
            "revision": remark.revision,
            "settled_at": remark.settled_at,
            "settled_by": remark.settled_by.name if remark.settled_by else "",
            "may_settle": remark.settled_at is None and may_settle(user, remark, table),
        }
        for remark in rows
    ]


def cell_names(table: MonitoringTable, cells: set[str]) -> dict[str, str]:
    """Address → what people call the cell: its row and its column. At most one query."""
    rows: dict[str, str] = {f"fund.{source}": str(label) for source, label in FundSource.choices}
    rows[f"fund.{TOTAL}"] = _("Total")
    if any(cell.startswith("indicator.") for cell in cells):
        indicators = IndicatorRow.objects.filter(table=table).values_list("indicator__code", "name")
        rows |= {f"indicator.{code}": name for code, name in indicators}
    columns = {head.id: str(head.label) for head in (*FUND_HEADS, *INDICATOR_HEADS)}
    names = {"": _("The table as a whole"), "objective": _("Annual objective")}
    names |= {name: str(column.label) for name, column in TABLE_COLUMNS.items()}
    for cell in cells - names.keys():
        row, _dot, column = cell.rpartition(".")
        names[cell] = " · ".join((rows.get(row, row), columns.get(column, column)))
    return names


def _may_withdraw(table: MonitoringTable, user: User, decisions: list[Decision]) -> bool:
    """Cheap enough for every table page; the act itself asks again."""
    submitted_last = bool(decisions) and decisions[0].action == Action.SUBMIT
    return submitted_last and holds_role_at(user, table, Stage.FILLING)


def cell_choices(sheet: Sheet) -> list[tuple[str, str]]:
    """What a remark may be put on without the script: the whole table, its texts, its rows."""
    choices = [("", _("The table as a whole"))]
    choices += [(name, str(column.label)) for name, column in TABLE_COLUMNS.items()]
    executed = next(head.label for head in FUND_HEADS if head.id == "executed")
    actual = next(head.label for head in INDICATOR_HEADS if head.id == "actual")
    choices += [
        (f"fund.{row.source}.executed", f"{row.get_source_display()} · {executed}") for row in sheet.funds
    ]
    return choices + [
        (f"indicator.{row.indicator.code}.actual", f"{row.name} · {actual}") for row in sheet.indicators
    ]
