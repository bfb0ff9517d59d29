"""What the checks found, as a page shows it: errors first, each a way to its cell, explanations right there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from monitoring.cells import Mark, MarkKind
from monitoring.checks.registry import Finding
from monitoring.choices import Severity
from monitoring.tables import Assessed

BLANK = "L01"
_RANK = list(MarkKind)


@dataclass(frozen=True)
class CheckItem:
    """One finding. `key` names its explanation; `explanation` is what was given so far."""

    finding: Finding
    href: str
    explanation: str = ""

    @property
    def key(self) -> str:
        return f"{self.finding.check_id}:{self.finding.cell}"

    @property
    def blank(self) -> bool:
        """Whether it only says that a cell is not filled yet."""
        return self.finding.check_id == BLANK

    @property
    def explained(self) -> bool:
        return bool(self.explanation)


@dataclass(frozen=True)
class CheckSummary:
    """The findings of one table in the order a person should see to them."""

    blanks: list[CheckItem]
    errors: list[CheckItem]
    warnings: list[CheckItem]
    hints: list[CheckItem]

    @property
    def unexplained(self) -> int:
        return sum(not item.explained for item in self.warnings)

    @property
    def blocking(self) -> int:
        """How many stand between the table and its submission."""
        return len(self.blanks) + len(self.errors) + self.unexplained


def check_summary(assessed: Assessed, cells: Collection[str]) -> CheckSummary:
    """cells: the addresses that the page shows, so that a finding links only to what is there."""
    items = [
        CheckItem(
            finding,
            f"#cell-{finding.cell}" if finding.cell in cells else "",
            assessed.explanations.get((finding.check_id, finding.cell), ""),
        )
        for finding in assessed.findings
    ]
    errors = [item for item in items if item.finding.severity == Severity.ERROR]
    return CheckSummary(
        blanks=[item for item in errors if item.blank],
        errors=[item for item in errors if not item.blank],
        warnings=[item for item in items if item.finding.severity == Severity.WARNING],
        hints=[item for item in items if item.finding.severity == Severity.HINT],
    )


def marks_of(assessed: Assessed) -> dict[str, Mark]:
    """What the checks say of each cell, the gravest first; a warning that is explained no longer marks its cell."""
    marks: dict[str, Mark] = {}
    for finding in assessed.findings:
        if not finding.cell or (finding.check_id, finding.cell) in assessed.explanations:
            continue
        mark = Mark(_kind(finding), finding.message)
        kept = marks.get(finding.cell)
        if kept is None or _RANK.index(mark.kind) > _RANK.index(kept.kind):
            marks[finding.cell] = mark
    return marks


def _kind(finding: Finding) -> MarkKind:
    if finding.check_id == BLANK:
        return MarkKind.NEEDED
    return {
        Severity.ERROR: MarkKind.ERROR,
        Severity.WARNING: MarkKind.WARNING,
        Severity.HINT: MarkKind.HINT,
    }[Severity(finding.severity)]
