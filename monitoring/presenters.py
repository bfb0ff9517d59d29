"""A table as its page shows it, to whoever types and to whoever only reads."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Max
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation import clock
from foundation.money import quantize_rate
from monitoring import grids
from monitoring.cells import Mark, Typed, control, note_of, said
from monitoring.check_items import check_summary, marks_of
from monitoring.choices import Mismatch
from monitoring.filling import cell_text, lock_reason, may_fill
from monitoring.form import FUND_COLUMNS, TABLE_COLUMNS, Address, CellType, parse_address
from monitoring.grids import Desk
from monitoring.models import Cycle, CycleWindow, Evidence, MonitoringTable
from monitoring.page_parts import further_context
from monitoring.rates import time_progress
from monitoring.snapshots import Sheet
from monitoring.stages import EDITABLE_STAGES, Stage
from monitoring.tables import Assessed
from organisation.models import User
from projects.choices import FundSource, ImportKind, ImportState
from projects.models import ImportBatch

SECONDS_OF_A_DAY = 86_400


@dataclass(frozen=True)
class Text:
    """A cell of the table that stands outside the grids; `body` is a field, or the text for a reader."""

    address: str
    label: str | Promise
    body: SafeString | str
    help: str | Promise = ""
    mark: Mark | None = None
    long: bool = False
    needed: bool = False

    @property
    def note(self) -> SafeString:
        return note_of(self.address, self.mark)


@dataclass(frozen=True)
class ShownLight:
    """A light with its name and the figures behind it."""

    name: str | Promise
    value: str
    detail: str


HELPS = {
    "execution_reason": gettext_lazy("Why spending lags behind or runs ahead, and what is being done."),
    "execution_plan_on": gettext_lazy("Asked for as long as nothing is paid."),
    "objective_progress": gettext_lazy("What was done towards the objective so far."),
    "target_change_note": gettext_lazy("Which target, from what to what, and why."),
    "change_note": gettext_lazy("Why the budget was adjusted; the budget system gives no reason."),
    "problems": gettext_lazy("What stands in the way, if anything."),
    "measures": gettext_lazy("What will be done about it, by whom, until when."),
    "suggestions": gettext_lazy("To the department or the finance bureau, if any."),
}
HEAD_TEXTS = ("manager", "phone")
FUND_TEXTS = ("execution_reason", "execution_plan_on")
OBJECTIVE_TEXTS = ("objective_progress", "target_changed", "target_change_note")
END_TEXTS = ("problems", "measures", "suggestions", "attainable")


def table_context(assessed: Assessed, user: User) -> dict[str, Any]:
    """Everything that the page of one table shows; `_table_readonly.html` needs no more.

    The table needs project, unit, department and cycle with its rule book selected; assessed with all origins.
    """
    table = assessed.table
    at = clock.now()
    refusal = lock_reason(table, at) if may_fill(table, user) else None
    editable = may_fill(table, user) and refusal is None
    further = further_context(table, user)
    remarked = {remark["cell"] for remark in further.get("remarks", []) if not remark["settled_at"]}
    context = sheet_context(assessed, editable=editable, remarked=remarked)
    windows = table.cycle.windows_by_stage
    context |= {
        "lock": refusal,
        "deadline": deadline_of(table, windows, at),
        "chain": further.get("chain") or chain_of(table, windows),
        "sources": sources_of(table),
        "evidence": evidence_of(assessed.sheet),
        "evidence_cells": [
            (f"indicator.{row.indicator.code}.actual", row.name)
            for row in assessed.sheet.indicators
            if not row.dropped
        ],
        "upload_limit_mb": settings.UPLOAD_LIMIT_BYTES // 2**20,
    }
    return context | further


def sources_of(table: MonitoringTable) -> dict[str, datetime | None]:
    """When the budget system's figures came in: budget_at, payments_at."""
    batches = ImportBatch.objects.filter(division=table.division_id, state=ImportState.APPLIED)
    latest = dict(batches.order_by().values_list("kind").annotate(at=Max("applied_at")))
    return {"budget_at": latest.get(ImportKind.BUDGET), "payments_at": latest.get(ImportKind.PAYMENTS)}


def evidence_of(sheet: Sheet) -> list[Evidence]:
    """The files that stand, each with `about`: the indicator it proves, "" for the table as a whole."""
    if not sheet.evidence_by_cell:
        return []
    names = {f"indicator.{row.indicator.code}.actual": row.name for row in sheet.indicators}
    files = list(
        Evidence.objects.filter(table=sheet.table)
        .standing()
        .select_related("uploaded_by", "blob")
        .order_by("pk")
    )
    for file in files:
        file.about = names.get(file.cell, "")  # type: ignore[attr-defined]
    return files


def sheet_context(assessed: Assessed, *, editable: bool, remarked: Collection[str] = ()) -> dict[str, Any]:
    """The sheet alone: grids, texts, checks, status. Assessed with all origins."""
    table = assessed.table
    marks = marks_of(assessed)
    desk = Desk(assessed.sheet, editable, marks, assessed.sheet.origins, remarked)
    context = {
        "table": table,
        "project": table.project,
        "cycle": table.cycle,
        "assessed": assessed,
        "editable": editable,
        "fund_heads": grids.fund_heads(desk),
        "fund_rows": grids.fund_rows(desk),
        "fund_total": grids.fund_total(desk),
        "indicator_heads": grids.indicator_heads(desk),
        "indicator_groups": grids.indicator_groups(desk),
        "head_texts": _texts(HEAD_TEXTS, desk),
        "fund_texts": [*_texts(_fund_texts(assessed), desk), *_reasons_of_change(desk)],
        "objective_texts": _texts(OBJECTIVE_TEXTS, desk),
        "end_texts": _texts(END_TEXTS, desk),
    }
    context |= live_context(assessed)
    if editable:
        context["shown"] = json.dumps(canonical_texts(assessed.sheet, assessed), ensure_ascii=False)
    return context


def live_context(assessed: Assessed) -> dict[str, Any]:
    """What a save may change beside the cells: lights, counts, checks."""
    table, figures = assessed.table, assessed.figures
    summary = check_summary(assessed, set(addresses(assessed.sheet)))
    return {
        "table": table,
        "figures": figures,
        "time_progress": time_progress(table.cycle.month),
        "lights": lights_of(assessed),
        "mismatch": str(Mismatch(figures.mismatch).label) if figures.mismatch else "",
        "share_filled": assessed.share_filled,
        "progress": _share(table.cells_filled, table.cells_total),
        "checks": summary,
        "blocking": summary.blocking,
    }


def _share(part: int, whole: int) -> Decimal | None:
    return quantize_rate(Decimal(part) / whole) if whole else None


def lights_of(assessed: Assessed) -> list[ShownLight]:
    """The three lights and the one they make together, as they would be if the table were submitted now."""
    figures = assessed.figures
    rated = [row for row in assessed.sheet.indicators if row.light != "grey"]
    counted = _("%(n)s of %(all)s indicators have a light") % {
        "n": len(rated),
        "all": sum(not row.dropped for row in assessed.sheet.indicators),
    }
    return [
        ShownLight(_("Overall"), figures.composite, _("The worst of the three")),
        ShownLight(_("Budget execution"), figures.budget_light, _prorated(figures.prorated_rate)),
        ShownLight(_("Targets"), figures.target_light, counted),
        ShownLight(
            _("Full-year outlook"), figures.expected_light, _("From the likelihood of each indicator")
        ),
    ]


def _prorated(ratio: Decimal | None) -> str:
    from foundation.templatetags.figures import rate

    return _("%(rate)s of what time progress expects") % {"rate": rate(ratio)} if ratio is not None else ""


def addresses(sheet: Sheet) -> Iterable[str]:
    """Every cell that the page shows, locked ones included."""
    yield from TABLE_COLUMNS
    for fund in [*(row.source for row in sheet.funds), grids.TOTAL]:
        yield from (f"fund.{fund}.{head.id}" for head in grids.FUND_HEADS)
    yield from (f"fund.{row.source}.change_note" for row in sheet.funds if row.asks_reason_of_change)
    for row in sheet.indicators:
        name = f"indicator.{row.indicator.code}"
        yield from (f"{name}.{head.id}" for head in grids.INDICATOR_HEADS)
        if row.sign == "level":
            yield f"{name}.level"


def typed_addresses(sheet: Sheet) -> Iterable[Address]:
    """The cells of this table that its unit types."""
    names = [*TABLE_COLUMNS, *(f"fund.{row.source}.expected" for row in sheet.funds)]
    names += [f"fund.{row.source}.change_note" for row in sheet.funds if row.asks_reason_of_change]
    for row in sheet.indicators:
        result = "level" if row.sign == "level" else "actual"
        columns = (result, "expected_value", "causes", "cause_text", "likelihood", "measure")
        names += [f"indicator.{row.indicator.code}.{column}" for column in columns if not row.dropped]
    return (address for name in names if (address := parse_address(name)))


def canonical_texts(sheet: Sheet, assessed: Assessed) -> dict[str, str]:
    """What the browser was shown: the text of every typed cell and every explanation, by address."""
    texts = {str(address): cell_text(sheet, address) for address in typed_addresses(sheet)}
    texts |= {f"explain:{check}:{cell}": text for (check, cell), text in assessed.explanations.items()}
    return texts


def marks_for_script(assessed: Assessed) -> dict[str, list[str]]:
    """address → [kind, message] for every cell that the checks mark."""
    return {cell: [mark.kind, mark.message] for cell, mark in marks_of(assessed).items()}


def _fund_texts(assessed: Assessed) -> Iterable[str]:
    """The planned date of the first payment stands only where nothing is paid, or where it was given."""
    needless = assessed.figures.executed > 0 and assessed.table.execution_plan_on is None
    return [name for name in FUND_TEXTS if not (needless and name == "execution_plan_on")]


def _texts(names: Iterable[str], desk: Desk) -> list[Text]:
    return [
        _text(Address("table", "", TABLE_COLUMNS[name]), TABLE_COLUMNS[name].label, desk) for name in names
    ]


def _reasons_of_change(desk: Desk) -> Iterator[Text]:
    """A field for each adjustment of which the budget system does not say why."""
    column = FUND_COLUMNS["change_note"]
    for row in desk.sheet.funds:
        if row.asks_reason_of_change:
            label = f"{column.label} · {FundSource(row.source).label}"
            yield _text(Address("fund", row.source, column), label, desk)


def _text(address: Address, label: str | Promise, desk: Desk) -> Text:
    name, column = str(address), address.column
    mark = desk.marks.get(name)
    cell = Typed(address, cell_text(desk.sheet, address), mark=mark)
    return Text(
        name,
        label,
        control(cell) if desk.editable else said(cell),
        HELPS.get(column.field, ""),
        mark,
        long=column.type == CellType.TEXT and column.max_length > 100,
        needed=name in desk.sheet.table.cycle.rule_book.parameters.get("texts", {}).get("required_cells", []),
    )


@dataclass(frozen=True)
class Deadline:
    """Until when whoever has the table may act. `until` is said as the last day; the day itself counts."""

    until: str
    days_left: int
    late: bool

    @property
    def soon(self) -> bool:
        return not self.late and self.days_left <= 3


def deadline_of(table: MonitoringTable, windows: Mapping[str, CycleWindow], at: datetime) -> Deadline | None:
    """The end of the window of the tier the table is at; None when it is completed or the cycle sets none."""
    stage = Stage.FILLING if table.stage in EDITABLE_STAGES else table.stage
    window = windows.get(stage)
    if window is None or table.stage == Stage.COMPLETED:
        return None
    left = (window.closes_at - at).total_seconds()
    return Deadline(last_day(window.closes_at), max(0, int(-(-left // SECONDS_OF_A_DAY))), left <= 0)


def last_day(closes_at: datetime) -> str:
    """An exclusive end as its last day: 16 July 00:00 is 2022-07-15."""
    return clock.last_day(closes_at).isoformat()


def chain_of(table: MonitoringTable, windows: Mapping[str, CycleWindow]) -> list[dict[str, Any]]:
    """The tiers this cycle has and where the table stands among them; upper apps add who and when."""
    stages = chain_stages(table.cycle)
    here = Stage.FILLING if table.stage == Stage.RETURNED else Stage(table.stage)
    place = stages.index(here) if here in stages else len(stages)
    tiers = []
    for i, stage in enumerate(stages):
        state = "done" if i < place else "current" if i == place else "waiting"
        if stage == Stage.FILLING and table.stage == Stage.RETURNED:
            state = "returned"
        until = last_day(windows[stage].closes_at) if stage in windows else ""
        note = _("until %(day)s") % {"day": until} if until and state != "done" else ""
        tiers.append({"label": CHAIN_LABELS[stage], "state": state, "note": note})
    return tiers


CHAIN_LABELS = {
    Stage.FILLING: gettext_lazy("Budget unit"),
    Stage.HEAD: gettext_lazy("Unit head"),
    Stage.DEPARTMENT: gettext_lazy("Department"),
    Stage.SECTION: gettext_lazy("Business section"),
    Stage.PERFORMANCE: gettext_lazy("Performance section"),
    Stage.THIRD_PARTY: gettext_lazy("Third party"),
}


def chain_stages(cycle: Cycle) -> list[Stage]:
    """The tiers of a cycle in the order a table passes them."""
    left_out = {Stage.RETURNED, Stage.COMPLETED}
    left_out |= {
        stage
        for stage, has in (
            (Stage.HEAD, cycle.head_tier),
            (Stage.PERFORMANCE, cycle.performance_tier),
            (Stage.THIRD_PARTY, cycle.third_party_tier),
        )
        if not has
    }
    return [stage for stage in Stage if stage not in left_out]
